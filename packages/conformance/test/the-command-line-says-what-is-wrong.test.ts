import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommandLine, SCENARIOS } from "@tokenflow/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";

const BIN = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conformance-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: readonly string[]): Promise<Ran> {
  const text = { out: "", err: "" };
  const status = await runCommandLine(args, {
    out: (more) => void (text.out += more),
    err: (more) => void (text.err += more),
  });
  return { status, stdout: text.out, stderr: text.err };
}

/** Writes a list of expected failures, and returns its path. */
async function listOf(text: string): Promise<string> {
  const path = join(folder, "expected.txt");
  await writeFile(path, text);
  return path;
}

test("an unknown scenario is named, with the nearest one", async () => {
  const { status, stderr } = await run("client", "--command", "true", "--scenario", "slow-down-for-good");
  expect(status).toBe(2);
  expect(stderr).toContain('Unknown scenario "slow-down-for-good". Did you mean "slows-down-for-good"?');
  const begun = await run("client", "--command", "true", "--scenario", "waits-five");
  expect(begun.stderr).toContain('Did you mean "waits-five-seconds-by-default"?');
});

test("a missing command, an unknown flag, report and number are told in one line", async () => {
  expect((await run("client")).stderr).toContain('--command "my-client login"');
  expect((await run("client", "--command", " ")).stderr).toContain("--command is empty");
  expect((await run("client", "--comand", "x")).stderr).toBe(
    "tokenflow-conformance: Unknown option '--comand'. See --help.\n",
  );
  expect((await run("client", "--command", "x", "--report", "pdf")).stderr).toContain('Unknown report "pdf"');
  expect((await run("client", "--command", "x", "--concurrency", "0")).stderr).toContain('not "0"');
  expect((await run("cleint")).stderr).toContain('Unknown command "cleint"');
  const server = ["server", "--issuer", "http://127.0.0.1:9", "--client-id", "x"];
  expect((await run(...server, "--client-auth", "basic")).stderr).toContain("Give both");
  const withSecret = [...server, "--client-secret", "s", "--client-auth", "none"];
  expect((await run(...withSecret)).stderr).toContain('must be basic or post, not "none"');
});

test("a command that cannot be started ends the run at once", async () => {
  const { status, stderr } = await run("client", "--command", "no-such-program");
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^tokenflow-conformance: The command cannot be started \(exit 127\): .*no-such-program/,
  );
  const one = await run("client", "--command", "no-such-program", "--scenario", "signs-in");
  expect([one.status, one.stdout]).toEqual([2, ""]);
});

test("a command that asks no server is told so, once and first", async () => {
  const { stderr } = await run("client", "--command", "echo oops >&2; exit 3", "--scenario", "signs-in");
  expect(stderr).toMatch(/^The command exited with 3 and sent no request: oops\. Run it by hand first\.\n✗/);
});

test("a report that cannot be written is told before anything runs", async () => {
  const command = `touch '${join(folder, "ran")}'`;
  const file = join(folder, "none/report.html");
  const { status, stderr } = await run("client", "--command", command, "--report", `html=${file}`);
  expect([status, stderr]).toEqual([
    2,
    `tokenflow-conformance: The report ${file} cannot be written (ENOENT).\n`,
  ]);
  expect(existsSync(join(folder, "ran"))).toBe(false);
});

test("a reader that leaves early ends the program without a word", async () => {
  const kit = spawn(process.execPath, ["--conditions=@tokenflow/source", BIN, "scenarios"]);
  let said = "";
  kit.stderr.on("data", (text: Buffer) => (said += text.toString()));
  kit.stdout.destroy();
  expect(await once(kit, "exit")).toEqual([0, null]);
  expect(said).toBe("");
});

test("an unknown name in the list of expected failures is told with its line", async () => {
  const list = await listOf("signs-in # known\n\nsings-out\n");
  const { status, stderr } = await run("client", "--command", "true", "--expected-failures", list);
  expect(status).toBe(2);
  expect(stderr).toContain(`${list}:3: unknown scenario "sings-out". Did you mean "signs-out"?`);
  expect((await run("client", "--command", "true", "--expected-failures", join(folder, "none"))).status).toBe(
    2,
  );
});

test("a failure that is expected is no failure of the run", async () => {
  const list = await listOf("signs-in # the command is no client\r\n");
  const { status, stderr } = await run(
    ...["client", "--command", "exit 1", "--scenario", "signs-in", "--expected-failures", list],
  );
  expect(stderr).toContain("~ signs-in");
  expect(status).toBe(0);
});

test("a pass that was expected to fail is told, and fails the run", async () => {
  const list = await listOf("ends-if-the-device-endpoint-is-down\n");
  const { status, stdout } = await run(
    ...["client", "--command", "exit 1", "--scenario", "ends-if-the-device-endpoint-is-down"],
    ...["--expected-failures", list],
  );
  expect(stdout).toContain("It passes, though it is in the list of expected failures. Remove it there.");
  expect(status).toBe(1);
});

test("reports go to files, each in its format", async () => {
  const file = join(folder, "report.xml");
  const { status, stdout } = await run(
    ...[
      "client",
      "--command",
      "exit 1",
      "--scenario",
      "signs-in",
      "--report",
      `junit=${file}`,
      "--report",
      "json",
    ],
  );
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ results: [{ status: "failed", verdict: "failed" }] });
  expect(await readFile(file, "utf8")).toContain('tests="1" failures="1"');
});

test("all scenarios are listed, for people and for programs", async () => {
  expect((await run("scenarios")).stdout.trim().split("\n")).toHaveLength(SCENARIOS.length);
  expect(JSON.parse((await run("scenarios", "--json")).stdout)).toHaveLength(SCENARIOS.length);
  expect((await run("--help")).stdout).toContain("--token-command");
});

test("a kit that is terminated ends its clients, and removes their homes", async () => {
  const seen = join(folder, "seen");
  const command = `echo $$ $HOME > '${seen}'; sleep 64`;
  const kit = spawn(process.execPath, [
    ...["--conditions=@tokenflow/source", BIN],
    ...["client", "--command", command, "--scenario", "signs-in"],
  ]);
  const ended = once(kit, "exit");
  await expect.poll(() => readFile(seen, "utf8").catch(() => "")).toMatch(/\d+ \//);
  const [id, home = ""] = (await readFile(seen, "utf8")).trim().split(" ");
  kit.kill("SIGTERM");
  expect(await ended).toEqual([143, null]);
  await expect.poll(() => isRunning(Number(id))).toBe(false);
  expect(existsSync(home)).toBe(false);
});

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
