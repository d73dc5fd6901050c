import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inspect } from "node:util";
import {
  type FindSignInsOptions,
  findCopilotSignIns,
  systemReader,
} from "@tokenflow/provider-copilot/import";
import { describe, expect, test } from "vitest";

async function createHome(files: Readonly<Record<string, unknown>> = {}) {
  const home = await mkdtemp(join(tmpdir(), "tokenflow-import-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  const reader = { ...systemReader, ghToken: async () => undefined };
  const find = (options: Partial<FindSignInsOptions> = {}) =>
    findCopilotSignIns({ env: {}, home, platform: "linux", reader, ...options });
  return { home, find, [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) };
}

const tokensOf = ({ found }: Awaited<ReturnType<typeof findCopilotSignIns>>): unknown[] =>
  found.map(({ grant }) => grant()["githubToken"]);

describe("a sign-in of another program", () => {
  test("is found by its exact host, regardless of the rest of the key", async () => {
    await using place = await createHome({
      ".config/github-copilot/apps.json": {
        "evil-github.com:Iv1.1": { oauth_token: "ghu_evil" },
        "github.company.com:Iv1.1": { oauth_token: "ghu_company" },
        "github.com.evil:Iv1.1": { oauth_token: "ghu_suffix" },
        "tenant.ghe.com:Iv1.1": { oauth_token: "ghu_tenant" },
        "github.com:Iv1.2:zed": { oauth_token: "ghu_zed", user: "octocat" },
        "github.com:Ov23": { oauth_token: "gho_app", githubAppId: "Ov23li" },
      },
      ".config/github-copilot/hosts.json": { "github.com": { oauth_token: "ghu_zed" } },
    });
    const all = await place.find();
    expect(tokensOf(all)).toEqual(["ghu_zed", "gho_app"]);
    expect(all.found[0]).toMatchObject({ user: "octocat", clientId: "Iv1.2", host: "github.com" });
    expect(all.found[1]?.grant()).toEqual({ githubToken: "gho_app", clientId: "Ov23li", host: "github.com" });
    expect(tokensOf(await place.find({ host: "tenant.ghe.com" }))).toEqual(["ghu_tenant"]);
    expect(inspect(all, { depth: 9, showHidden: true })).not.toMatch(/gh[ou]_/);
  });

  test("in the language server's database is read while it is in use, and nothing is written", async () => {
    await using place = await createHome({ ".config/github-copilot/keep": "" });
    const folder = join(place.home, ".config/github-copilot");
    const database = new DatabaseSync(join(folder, "auth.db"));
    try {
      database.exec("PRAGMA journal_mode = WAL");
      database.exec(
        "CREATE TABLE oauth_tokens (token_id INTEGER, auth_authority TEXT, token_ciphertext TEXT, last_used_at TEXT)",
      );
      const insert = database.prepare("INSERT INTO oauth_tokens VALUES (?, ?, ?, ?)");
      insert.run(1, "github.com", "ghu_older", "2026-01-01");
      insert.run(2, "github.com", "gho_newer", "2026-02-01");
      insert.run(3, "github.com", "AES:not readable", "2025-01-01");
      insert.run(4, "github.company.com", "ghu_company", "2026-03-01");
      const before = await readdir(folder);
      const all = await place.find();
      expect(tokensOf(all)).toEqual(["gho_newer", "ghu_older"]);
      expect(all.unusable).toEqual([
        { source: join(folder, "auth.db"), reason: expect.stringContaining("encrypted") },
      ]);
      expect(await readdir(folder)).toEqual(before);
    } finally {
      database.close();
    }
    // With the last connection its log went, and none comes back.
    const closed = await readdir(folder);
    expect(tokensOf(await place.find())).toEqual(["gho_newer", "ghu_older"]);
    expect(await readdir(folder)).toEqual(closed);
    expect(closed).toEqual(["auth.db", "keep"]);
  });

  test("in the environment is found in the documented order, for its own host", async () => {
    await using place = await createHome();
    const env = {
      GITHUB_TOKEN: "gho_3",
      GH_TOKEN: "ghp_2",
      COPILOT_GITHUB_TOKEN: "github_pat_1",
      GH_COPILOT_TOKEN: "",
    };
    const all = await place.find({ env });
    expect(all.found.map(({ source }) => source)).toEqual(["COPILOT_GITHUB_TOKEN", "GITHUB_TOKEN"]);
    expect(all.unusable).toEqual([{ source: "GH_TOKEN", reason: expect.stringContaining("classic") }]);
    expect(tokensOf(await place.find({ env, host: "tenant.ghe.com" }))).toEqual([]);
    expect(
      tokensOf(
        await place.find({ env: { ...env, COPILOT_GH_HOST: "tenant.ghe.com", GH_HOST: "github.com" } }),
      ),
    ).toEqual([]);
    const server = { GH_HOST: "git.example.org", GH_TOKEN: "gho_1", GH_ENTERPRISE_TOKEN: "gho_2" };
    expect(tokensOf(await place.find({ env: server, host: "git.example.org" }))).toEqual(["gho_2"]);
  });

  test("of gh, crush and opencode is found, also in moved folders", async () => {
    await using place = await createHome({
      ".local/share/crush/crush.json": { providers: { copilot: { oauth: { refresh_token: "ghu_crush" } } } },
      ".local/share/opencode/auth.json": {
        "github-copilot": { type: "oauth", refresh: "gho_open" },
        "github-copilot-enterprise": { refresh: "gho_tenant", enterpriseUrl: "https://tenant.ghe.com" },
      },
      "moved/github-copilot/apps.json": { "github.com:x": { oauth_token: "ghu_moved" } },
    });
    const reader = { ...systemReader, ghToken: async (host: string) => `gho_of_${host.length}` };
    const env = { XDG_CONFIG_HOME: join(place.home, "moved") };
    expect(tokensOf(await place.find({ env, reader }))).toEqual([
      "ghu_moved",
      "gho_open",
      "ghu_crush",
      "gho_of_10",
    ]);
    expect(tokensOf(await place.find({ host: "tenant.ghe.com" }))).toEqual(["gho_tenant"]);
  });

  test("on Windows is found in the local application data", async () => {
    const asked: string[] = [];
    const reader = {
      readFile: async (path: string) => void asked.push(path),
      readTokens: async (path: string) => void asked.push(path),
      ghToken: async () => undefined,
    };
    await findCopilotSignIns({ env: {}, home: "C:\\Users\\o", platform: "win32", reader });
    expect(asked).toContain("C:\\Users\\o\\AppData\\Local\\github-copilot\\apps.json");
    expect(asked).toContain("C:\\Users\\o\\AppData\\Local\\crush\\crush.json");
  });

  test("in a named file is the grant, not the token", async () => {
    await using place = await createHome({
      "good.json": { access_token: "ghu_1", token_type: "bearer" },
      "short.json": { access_token: "tid=1;exp=2" },
      "whole.json": { access_token: "tid=1", grant: { githubToken: "gho_2", host: "github.com" } },
      "other.json": { access_token: "tid=1", grant: { githubToken: "gho_2", host: "tenant.ghe.com" } },
      "single-use.json": { access_token: "tid=1", grant: { githubToken: "ghu_2", refreshToken: "ghr_2" } },
      "cut.json": '{"access_tok',
    });
    const at = (name: string) => place.find({ file: join(place.home, name), env: { GH_TOKEN: "gho_1" } });
    expect(tokensOf(await at("good.json"))).toEqual(["ghu_1"]);
    expect(tokensOf(await at("whole.json"))).toEqual(["gho_2"]);
    for (const [name, why] of [
      ["short.json", "Copilot token"],
      ["other.json", "another host"],
      ["single-use.json", "Copilot token"],
      ["cut.json", "cannot be read"],
      ["none.json", "cannot be read"],
    ] as const) {
      const { found, unusable } = await at(name);
      expect(found).toEqual([]);
      expect(unusable[0]?.reason).toContain(why);
    }
  });

  test("in a named file of another program is found, also after the file was moved", async () => {
    await using place = await createHome({
      "apps.json": {
        "github.com:Iv1.2": { oauth_token: "ghu_1", user: "octocat" },
        "github.com:Ov23": { oauth_token: "gho_2" },
        "tenant.ghe.com": { oauth_token: "ghu_3" },
      },
      "crush.json": { providers: { copilot: { oauth: { refresh_token: "ghu_4" } } } },
      "auth.json": { "github-copilot": { type: "oauth", refresh: "gho_5" } },
      github_token: "ghu_6\n",
      "token.txt": "tid=1;exp=2",
      "config.json": { theme: "dark" },
    });
    const database = new DatabaseSync(join(place.home, "moved.db"));
    database.exec("CREATE TABLE oauth_tokens (token_id, auth_authority, token_ciphertext, last_used_at)");
    database.exec("INSERT INTO oauth_tokens VALUES (1, 'github.com', 'ghu_7', 1)");
    database.close();
    const at = (name: string) => place.find({ file: join(place.home, name) });
    expect(tokensOf(await at("apps.json"))).toEqual(["ghu_1", "gho_2"]);
    expect((await at("apps.json")).found[0]?.grant("Iv1.asked")).toMatchObject({ clientId: "Iv1.2" });
    expect(tokensOf(await at("crush.json"))).toEqual(["ghu_4"]);
    expect(tokensOf(await at("auth.json"))).toEqual(["gho_5"]);
    expect(tokensOf(await at("github_token"))).toEqual(["ghu_6"]);
    expect((await at("github_token")).found[0]?.grant("Iv1.asked")).toMatchObject({ clientId: "Iv1.asked" });
    expect(tokensOf(await at("moved.db"))).toEqual(["ghu_7"]);
    expect((await at("token.txt")).unusable[0]?.reason).toContain("Copilot token");
    expect((await at("config.json")).unusable[0]?.reason).toContain("no sign-in");
  });

  test.each(["null", "[]", "[1]", '{"github.com":5}', '{"github.com:":{"oauth_token":{}}}', "", "\u0000"])(
    "that is %j is none, and no error",
    async (text) => {
      await using place = await createHome({
        ".config/github-copilot/apps.json": text,
        ".config/github-copilot/auth.db": `x${text}`,
        ".local/share/crush/crush.json": text,
        ".local/share/opencode/auth.json": text,
      });
      await chmod(join(place.home, ".config/github-copilot/auth.db"), 0o600);
      expect((await place.find()).found).toEqual([]);
    },
  );

  test("is not waited for in a pipe, nor looked for in a device without an end", async () => {
    await using place = await createHome({ ".config/github-copilot/keep": "" });
    const pipe = join(place.home, ".config/github-copilot/apps.json");
    execFileSync("sh", ["-c", 'mkfifo "$0"', pipe]);
    expect(await place.find()).toMatchObject({ found: [], unusable: [{ reason: "It cannot be read." }] });
    const { unusable } = await place.find({ file: "/dev/zero" });
    expect(unusable).toMatchObject([{ source: "/dev/zero", reason: "It cannot be read." }]);
  });
});
