import { spawn } from "node:child_process";
import { chown, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startRedis } from "@tokenflow/services";
import { startSimulator } from "@tokenflow/simulator";
import { expect, onTestFinished, test } from "vitest";

const BIN = resolve(import.meta.dirname, "../../dist/bin.cjs");
const PROXY_BIN = resolve(import.meta.dirname, "../../../proxy/dist/bin.js");
/** A number that no user database knows. */
const NOBODY = 54_321;
/** Only root may start a program as somebody else. */
const isRoot = process.getuid?.() === 0;

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { uid = NOBODY, cwd = "/", bin = BIN }: { uid?: number; cwd?: string; bin?: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], { env, uid, gid: uid, cwd, stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      // The proxy runs until it is told to end. A second signal would break it off.
      if (bin === PROXY_BIN && !child.killed && text.includes("http://127.0.0.1:")) child.kill("SIGTERM");
    });
  }
  const exit = await new Promise<number | null>((settle) => child.once("close", settle));
  return { exit, ...output };
}

/** A folder that belongs to a user. */
async function folderOf(uid: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await chown(folder, uid, uid);
  return folder;
}

const NO_HOME =
  "tokenflow: there is no home folder for sessions. Set TOKENFLOW_HOME to a folder that only you can write to.\n";

test.skipIf(!isRoot)(
  "without a home a command that needs the store is exit 8 and says what to set",
  async () => {
    for (const args of [
      ["status"],
      ["token", "copilot"],
      ["logout", "copilot"],
      ["config"],
      ["login", "hyper"],
    ]) {
      expect([args.join(" "), await run(args)]).toEqual([
        args.join(" "),
        { exit: 8, stdout: "", stderr: NO_HOME },
      ]);
    }
    expect(await run(["--port", "0"], {}, { bin: PROXY_BIN })).toEqual({
      exit: 8,
      stdout: "",
      stderr: NO_HOME.replace("tokenflow: there", "tokenflow-proxy: There"),
    });
  },
);

test.skipIf(!isRoot)("without a home everything works that needs none", async () => {
  await using simulator = await startSimulator({ interval: 0.05 });
  const folder = await folderOf(NOBODY);
  expect(await run(["completion", "bash"])).toMatchObject({ exit: 0, stderr: "" });
  expect(await run(["--help"])).toMatchObject({ exit: 0, stderr: "" });
  const given = { TOKENFLOW_HYPER_TOKEN: "given-by-the-environment" };
  expect(await run(["token", "hyper"], given)).toEqual({
    exit: 0,
    stdout: "given-by-the-environment\n",
    stderr: "",
  });
  const served = await run(["--port", "0"], given, { bin: PROXY_BIN });
  expect(served).toMatchObject({ exit: 0, stderr: expect.stringContaining("Charm Hyper: ") });
  expect(served.stderr).not.toContain("Copilot: ");
  const granted = { ...simulator.env, TOKENFLOW_COPILOT_GRANT: "ghu_simulated" };
  expect(await run(["token", "copilot"], granted)).toMatchObject({ exit: expect.any(Number) });
  for (const name of ["TOKENFLOW_HOME", "XDG_CONFIG_HOME"]) {
    expect(await run(["status"], { [name]: folder })).toMatchObject({ exit: 0 });
    const set = await run(["config", "set", "store", "file"], { [name]: folder });
    expect(set).toMatchObject({ exit: 0, stderr: expect.stringMatching(/^store is now file in \/tmp\//) });
    expect(await run(["doctor"], { ...simulator.env, [name]: folder })).toMatchObject({ stderr: "" });
  }
});

test.skipIf(!isRoot)("a store in Redis needs no home", async () => {
  await using server = await startRedis();
  const env = { TOKENFLOW_STORE: server.url };
  expect(await run(["status"], env)).toEqual({
    exit: 0,
    stdout: "",
    stderr: `No sessions in ${server.url}. Run: tokenflow login copilot\n`,
  });
  expect((await run(["doctor"], env)).stdout).toContain("redis at ");
});

test.skipIf(!isRoot)("root makes no folders in another's home, and the sudo is named", async () => {
  const home = await folderOf(NOBODY);
  const env = { HOME: home, TOKENFLOW_HYPER_TOKEN: "" };
  const { exit, stderr } = await run(["config", "set", "store", "file"], env, { uid: 0 });
  expect(exit).toBe(8);
  expect(stderr).toBe(
    `tokenflow: ~/.config/tokenflow would belong to root in a folder of another user. Run it without sudo, as the user with the id ${NOBODY}. If it has to be root, set TOKENFLOW_HOME to a folder of root.\n`,
  );
  expect(await readdir(home)).toEqual([]);

  // A folder of root's in that home, from an earlier sudo, makes the home no home of root's.
  await mkdir(join(home, ".config"));
  expect((await run(["config", "set", "store", "file"], env, { uid: 0 })).stderr).toBe(stderr);
  expect(await readdir(join(home, ".config"))).toEqual([]);
  await rm(join(home, ".config"), { recursive: true });

  expect((await run(["config", "set", "store", "file"], { HOME: home })).exit).toBe(0);
  const asRoot = await run(["config", "set", "store", "file"], { HOME: home }, { uid: 0 });
  expect(asRoot.stderr).toContain("Run it without sudo");
  expect(asRoot.stderr).not.toContain("chown");
  expect((await stat(join(home, ".config/tokenflow/config.json"))).uid).toBe(NOBODY);
});

test.skipIf(!isRoot)(
  "a working folder that is gone stops nothing but a relative TOKENFLOW_HOME",
  async () => {
    const home = await folderOf(0);
    const gone = join(home, "gone");
    const script = `mkdir ${gone}; cd ${gone}; rmdir ${gone}; exec "$0" "$@"`;
    const inGone = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
      new Promise((settle) => {
        const child = spawn("/bin/sh", ["-c", script, process.execPath, BIN, ...args], { env });
        const output = { stdout: "", stderr: "" };
        child.stdout.on("data", (text) => (output.stdout += String(text)));
        child.stderr.on("data", (text) => (output.stderr += String(text)));
        child.once("close", (exit) => settle({ exit, ...output }));
      });
    expect(await inGone(["config", "set", "store", "file"], { HOME: home })).toMatchObject({ exit: 0 });
    expect(await inGone(["config"], { HOME: home, TOKENFLOW_HOME: "here" })).toMatchObject({
      exit: 8,
      stderr: "tokenflow: the working folder is gone. Set TOKENFLOW_HOME to an absolute path.\n",
    });
  },
);
