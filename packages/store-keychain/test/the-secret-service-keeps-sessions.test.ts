import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { isJsonObject, parseJson } from "@tokenflow/core/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { secretServiceContract } from "./secret-service-contract.ts";
import { secretServiceTroubles } from "./secret-service-troubles.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const missing = ["gnome-keyring-daemon", "dbus-run-session", "dbus-send"].filter(
  (command) => spawnSync(command, ["--version"]).error !== undefined,
);
const required = process.env["TOKENFLOW_REQUIRE_SERVICES"] === "1";
const node = [process.execPath, "--conditions=@tokenflow/source"];

if (missing.length > 0 && !required) {
  process.stderr.write("Secret Service tests skipped. To run them: apt-get install gnome-keyring dbus\n");
}

describe.skipIf(missing.length > 0 && !required)("over the real Secret Service", () => {
  const results = new Map<string, unknown>();
  let home = "";
  let ending = "";

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "tokenflow-keychain-"));
    await mkdir(join(home, "run"), { mode: 0o700 });
    const session = join(import.meta.dirname, "secret-service-session.sh");
    const cases = join(import.meta.dirname, "secret-service-cases.ts");
    const child = spawn("sh", [session, ...node, cases, join(home, "locks")], {
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that nothing of it outlives this file.
      detached: true,
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        HOME: home,
        XDG_RUNTIME_DIR: join(home, "run"),
        XDG_DATA_HOME: home,
      },
    });
    let output = "";
    let noise = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (noise += chunk.toString()));
    const overdue = setTimeout(() => endGroup(child.pid), 90_000);
    const [status] = await once(child, "close");
    clearTimeout(overdue);
    endGroup(child.pid);
    for (const line of output.split("\n")) {
      const result = parseJson(line);
      if (isJsonObject(result)) results.set(String(result["name"]), result["failure"]);
    }
    ending = `the session ended with ${status}: ${noise}`;
  });

  afterAll(() => rm(home, { recursive: true, force: true }));

  test.each([...secretServiceContract(""), ...secretServiceTroubles("")].map(({ name }) => name))(
    "%s",
    (name) => {
      expect(results.get(name), ending).toBeNull();
    },
  );
});

test.runIf(process.platform === "linux").each([
  ["no D-Bus at all", {}],
  ["a D-Bus that is gone", { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus" }],
])("%s is store.unavailable with a hint for every call, and no other keyring is used", async (_, env) => {
  const ask = join(import.meta.dirname, "ask-keychain.ts");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...node.slice(1), ask, await temporaryFolder()],
    {
      env,
    },
  );
  const answers: unknown = parseJson(stdout);
  expect(answers).toEqual(
    Array.from({ length: 5 }, () => ["store.unavailable", expect.stringContaining("D-Bus session")]),
  );
});

/** Ends the remaining processes of a session, also a stopped daemon. */
function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGKILL");
  } catch {
    // Nothing was left.
  }
}
