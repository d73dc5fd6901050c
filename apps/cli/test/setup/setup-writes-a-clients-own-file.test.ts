import { execFileSync } from "node:child_process";
import { chmod, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "@decimalturn/toml-patch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { type Ended, openSandbox, type Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;
let url = "";

beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.signIn();
  const proxy = sandbox.start(["proxy", "--port", "0"]);
  [url] = await proxy.seen(/http:\/\/127\.0\.0\.1:\d+/);
});
afterAll(() => sandbox[Symbol.asyncDispose]());

function setup(client: string, ...options: readonly string[]): Promise<Ended> {
  return sandbox.run(["setup", client, "--url", url, ...options]);
}

async function place(path: string, text: string, mode = 0o600): Promise<string> {
  const full = join(sandbox.home, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, text);
  await chmod(full, mode);
  return full;
}

test("codex: the file keeps its comments, mode and link, and the old one stays beside it", async () => {
  const text = '# mine\n[projects."/x"]\ntrust_level = "trusted"\n';
  const file = await place("dotfiles/codex.toml", text, 0o640);
  await mkdir(join(sandbox.home, ".codex"));
  const link = join(sandbox.home, ".codex/config.toml");
  await symlink("../dotfiles/codex.toml", link);

  const { exit, stdout, stderr } = await setup("codex", "--write", "--yes");
  expect([exit, stdout]).toEqual([0, ""]);
  expect(stderr).toContain('+model_provider = "tokenflow"');
  expect(stderr).toMatch(/Wrote ~\/\.codex\/config\.toml\. The old file is \S+codex\.toml\.bak\.\n$/);
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  expect(await readFile(`${file}.bak`, "utf8")).toBe(text);
  const written = await readFile(file, "utf8");
  expect(written).toContain("# mine\n");
  expect(parse(written)).toMatchObject({
    model: "gpt-5-codex",
    model_provider: "tokenflow",
    model_providers: { tokenflow: { base_url: `${url}/v1`, wire_api: "responses" } },
    projects: { "/x": { trust_level: "trusted" } },
  });

  const again = await setup("codex", "--write", "--yes");
  expect([again.exit, again.stderr]).toEqual([0, "~/.codex/config.toml has these settings already.\n"]);
  expect(await readdir(dirname(file))).toEqual(["codex.toml", "codex.toml.bak"]);
});

test("claude-code: variables go into its settings, and what was there stays", async () => {
  const file = await place(".claude/settings.json", '{\n  "env": { "MINE": "1" }\n}\n');
  expect((await setup("claude-code", "--write", "--yes")).exit).toBe(0);
  expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({
    env: { MINE: "1", ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: "unused" },
  });
});

test("a file that cannot be read is refused, and no file of the client changes", async () => {
  const broken = await place(".pi/agent/settings.json", '{ "theme": ');
  const { exit, stderr } = await setup("pi", "--write", "--yes");
  expect([exit, stderr]).toEqual([
    2,
    expect.stringMatching(/settings\.json was not changed: it is not JSON \(line 1\)\. Repair the file/),
  ]);
  expect(await readFile(broken, "utf8")).toBe('{ "theme": ');
  expect(await readdir(dirname(broken))).toEqual(["settings.json"]);
});

test("without a terminal nothing is written unless the person has agreed", async () => {
  const { exit, stderr } = await setup("opencode", "--write");
  expect(exit).toBe(2);
  expect(stderr).toContain("To agree, run: tokenflow setup opencode --write --yes");
  await expect(stat(join(sandbox.home, ".config/opencode"))).rejects.toThrow("ENOENT");
});

test("at a terminal the person is asked, after the diff", async () => {
  const file = join(sandbox.home, ".config/opencode/opencode.json");
  const asked = sandbox.startInTerminal(["setup", "opencode", "--url", url, "--write"]);
  await asked.seen(/\+.*tokenflow-responses[\s\S]*Write this\? \[y\/N\] /);
  asked.child.stdin?.write("n\n");
  expect((await asked.ended).stdout).toContain("Nothing was written.");
  await expect(stat(file)).rejects.toThrow("ENOENT");
  const agreed = sandbox.startInTerminal(["setup", "opencode", "--url", url, "--write"]);
  await agreed.seen(/Write this\? \[y\/N\] /);
  agreed.child.stdin?.write("y\n");
  await agreed.ended;
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test.each([
  [
    "aider",
    ".aider.conf.yml",
    "# mine\nauto-commits: false # stays\nmodel: old\n",
    { "auto-commits": false, model: "openai/gpt-4.1", "openai-api-key": "unused", analytics: false },
  ],
  [
    "goose",
    ".config/goose/config.yaml",
    "# mine\nextensions:\n  developer:\n    enabled: true # stays\nGOOSE_PROVIDER: anthropic\n",
    { extensions: { developer: { enabled: true } }, GOOSE_PROVIDER: "openai", GOOSE_CONTEXT_LIMIT: 128_000 },
  ],
  [
    "continue",
    ".continue/config.yaml",
    "# mine\nname: My own\nversion: 2.0.0\nschema: v1\nmodels:\n  - name: other # stays\n    provider: ollama\n    model: x\n",
    { name: "My own", version: "2.0.0" },
  ],
])("%s: its YAML keeps comments and other settings", async (client, path, text, expected) => {
  const file = await place(path, text);
  const { exit, stderr } = await setup(client, "--write", "--yes");
  expect([exit, stderr]).toEqual([0, expect.stringContaining("The old file is")]);
  const written = await readFile(file, "utf8");
  expect(written).toContain("# mine\n");
  expect(written).toContain("# stays");
  expect(parseYaml(written)).toMatchObject(expected);
  expect(written).toContain(url);
  expect(await readFile(`${file}.bak`, "utf8")).toBe(text);
  expect((await setup(client, "--write", "--yes")).stderr).toContain("has these settings already.");
});

test("a client without such a file is refused, and --json shows everything to programs", async () => {
  expect(await setup("cline", "--write", "--yes")).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining(
      "tokenflow: setup writes no file of cline. Use the lines that it prints: tokenflow setup cline\n",
    ),
  });
  const { stdout } = await setup("codex", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    client: "codex",
    url,
    settings: { command: expect.arrayContaining(["codex"]), files: [{ format: "toml" }] },
  });
});

test("a file that is a pipe is not waited for, and one without an end not read", async () => {
  const file = join(sandbox.home, ".qwen/settings.json");
  await mkdir(dirname(file), { recursive: true });
  execFileSync("sh", ["-c", 'mkfifo "$0"', file]);
  const pipe = await setup("qwen-code", "--write", "--yes");
  expect([pipe.exit, pipe.stderr]).toEqual([
    2,
    expect.stringContaining("settings.json is not a regular file"),
  ]);
  await rm(file);
  await symlink("/dev/zero", file);
  const device = await setup("qwen-code", "--write", "--yes");
  expect([device.exit, device.stderr]).toEqual([2, expect.stringContaining("is not a regular file")]);
  await rm(file);
});
