/**
 * Packs every package, installs the tarballs into an empty folder with npm, and runs the README's first commands
 * there, against simulated services. Needs built packages. Exits with 1 if something differs.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startSimulator } from "@tokenflow/simulator";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../../../..");
const place = await mkdtemp(join(tmpdir(), "tokenflow-install-"));
const home = join(place, "home");
const tarballs = join(place, "tarballs");
const started = Date.now();

function tell(what: string): void {
  process.stdout.write(`${((Date.now() - started) / 1_000).toFixed(1)} s  ${what}\n`);
}

/** Packs every published package. */
async function pack(): Promise<readonly string[]> {
  await mkdir(tarballs);
  await run(
    "pnpm",
    [
      "--recursive",
      "--filter",
      "./packages/*",
      "--filter",
      "./apps/*",
      "pack",
      "--pack-destination",
      tarballs,
    ],
    { cwd: root },
  );
  return (await readdir(tarballs)).map((file) => join(tarballs, file));
}

async function install(files: readonly string[]): Promise<string> {
  const folder = join(place, "project");
  await mkdir(folder);
  await mkdir(home);
  await writeFile(join(folder, "package.json"), '{ "private": true }');
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["install", ...flags, ...files], { cwd: folder });
  return folder;
}

try {
  const files = await pack();
  tell(`packed ${files.length} packages`);
  const folder = await install(files);
  tell("installed with npm");
  await using simulator = await startSimulator({ interval: 0.05 });
  const options = {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: home, npm_config_offline: "true", ...simulator.env },
  };
  const tokenflow = async (...args: readonly string[]): Promise<string> =>
    (await run("npx", ["--no", "tokenflow", ...args], options)).stdout;

  assert.match(await tokenflow("--version"), /^\d+\.\d+\.\d+\n$/);
  tell("tokenflow --version");

  const login = spawn("npx", ["--no", "tokenflow", "login", "copilot"], options);
  let said = "";
  login.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    const [, code] = /enter {3}(\S+)\n/.exec(text) ?? [];
    if (code !== undefined) simulator.approve(code);
  });
  const exit = await new Promise((settle) => login.once("close", settle));
  assert.equal(exit, 0, said);
  assert.match(said, /^Signed in to GitHub Copilot as octocat · stored in ~\/\.config\/tokenflow /m);
  tell("tokenflow login copilot");

  const token = await tokenflow("token", "copilot");
  assert.match(token, /^tid=\S+\n$/);
  assert.notEqual(await tokenflow("token", "copilot", "--force-refresh"), token);
  tell("tokenflow token copilot, and once more by force: locks and the network work");

  assert.match(await tokenflow("doctor"), /^ok {4}sessions {2}copilot\/default: /m);
  tell("tokenflow doctor");

  if (/^ {2}exec /m.test(await tokenflow("--help"))) {
    const program =
      "fetch(`${process.env.OPENAI_BASE_URL}/models`, { headers: { authorization: `Bearer ${process.env.OPENAI_API_KEY}` } }).then(({ status }) => console.log(status))";
    assert.equal(await tokenflow("exec", "copilot", "--", "node", "-e", program), "200\n");
    tell("tokenflow exec copilot -- node: the models");
  }
} finally {
  await rm(place, { recursive: true, force: true });
}
