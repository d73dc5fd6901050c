import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { isStaleTable } from "@tokenflow/services";
import { OAUTH_PROFILES } from "@tokenflow/simulator";
import { afterAll, describe, expect, test } from "vitest";
import { openStandIns } from "../support/stand-in.ts";
import { type Tried, tryProfile } from "../support/try-profile.ts";

/** One of each kind: every option of `login`, every way to end a session. The whole run takes a minute. */
const SHORT: ReadonlySet<string> = new Set([
  "Microsoft, an API of one's own (refresh with scope)",
  "Google",
  "GitHub OAuth apps",
  "GitHub Apps",
  "GitLab, self-managed",
  "Auth0",
  "Twitch",
  "Facebook",
  "PingAM",
  "Oracle IDCS",
  "Logto",
  "Glewlwyd",
  "Better Auth, its plugin",
  "Allegro",
]);
const { env } = process;
const isWhole = Boolean(env["CI"] || env["MODE"] === "all" || env["TOKENFLOW_WRITE_PAGES"]);
const profiles = OAUTH_PROFILES.filter(({ name }) => isWhole || SHORT.has(name));

const standIns = await openStandIns();
afterAll(() => standIns[Symbol.asyncDispose]());

const tried = new Map<string, Tried>();
const works = expect.stringMatching(/^(?:yes|–)$/);

describe.concurrent("the command alone keeps a session at", () => {
  test.each(profiles.map((profile) => [profile.name, profile] as const))("%s", async (name, profile) => {
    await using standIn = await standIns.start(profile);
    const row = await tryProfile(profile, standIn);
    tried.set(name, row);
    expect(row).toEqual({ name, signIn: "yes", api: "yes", refresh: works, dead: works, revoke: works });
  });
});

test("as docs/services.md shows", async () => {
  const rows = profiles.map(({ name }) => {
    const { signIn = "", api = "", refresh = "", dead = "", revoke = "" } = tried.get(name) ?? {};
    return [name, signIn, api, refresh, dead, revoke];
  });
  if (isWhole) {
    const head = ["stand-in", "sign-in", "right API", "refresh twice", "dead grant", "revoke"];
    expect(await isStaleTable("docs/services.md", "stand-ins by command", head, rows)).toBe(false);
    return;
  }
  expect(rows).toHaveLength(SHORT.size);
  const page = await readFile(resolve(import.meta.dirname, "../../../../docs/services.md"), "utf8");
  const [, shown = ""] = page.split("<!-- stand-ins by command -->");
  const lines = shown.split("\n").map((line) =>
    line
      .split("|")
      .map((cell) => cell.trim())
      .join("|"),
  );
  for (const row of rows) expect(lines).toContain(`|${row.join("|")}|`);
});
