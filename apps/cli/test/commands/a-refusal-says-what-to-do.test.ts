import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { OAUTH_CLIENT, type OAuthProfile, startOAuthFake } from "@tokenflow/simulator";
import { describe, expect, test } from "vitest";
import { inOptions } from "../../src/cli/option-names.ts";
import { type Ended, openSandbox, type Sandbox } from "../support/sandbox.ts";

const plain: OAuthProfile = { name: "a server", document: {} };
const LOGIN = ["login", "work", "--client-id", OAUTH_CLIENT.id];

async function signIn(
  sandbox: Sandbox,
  profile: Partial<OAuthProfile>,
  ...more: readonly string[]
): Promise<Ended> {
  await using fake = await startOAuthFake({ ...plain, ...profile });
  const args = more.map((word) => word.replaceAll("$origin", fake.origin));
  return await sandbox.run([...LOGIN, "--issuer", fake.origin, ...args]);
}

describe("what a hint asks for is an option of login, and helps:", () => {
  test("an endpoint that the metadata lacks", async () => {
    await using sandbox = await openSandbox();
    const lacks = { document: { omits: ["device_authorization_endpoint"] } };
    const refused = await signIn(sandbox, lacks);
    expect([refused.exit, refused.stderr]).toEqual([
      2,
      expect.stringContaining("set --endpoint device=<url>"),
    ]);
    expect((await signIn(sandbox, lacks, "--endpoint", "device=$origin/device")).exit).toBe(0);
  });

  test("an endpoint at another origin", async () => {
    await using sandbox = await openSandbox();
    await using elsewhere = await startOAuthFake(plain);
    const away = { endpointOrigin: elsewhere.origin };
    const refused = await signIn(sandbox, away);
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toContain(`If that is right, add ${elsewhere.origin} with --origin`);
    expect((await signIn(sandbox, away, "--origin", elsewhere.origin)).exit).toBe(0);
  });

  test("metadata that states another issuer", async () => {
    await using sandbox = await openSandbox();
    await using fake = await startOAuthFake({ ...plain, document: { states: "acme.com" } });
    const refused = await sandbox.run([...LOGIN, "--issuer", fake.origin]);
    expect([refused.exit, refused.stderr]).toEqual([
      2,
      expect.stringContaining(
        "Set --issuer exactly as in the metadata, or to the address of the metadata itself",
      ),
    ]);
    const address = `${fake.origin}/.well-known/openid-configuration`;
    expect((await sandbox.run([...LOGIN, "--issuer", address])).exit).toBe(0);
  });

  test("a secret that a later command was not given, by the name of its variable", async () => {
    await using sandbox = await openSandbox();
    await using fake = await startOAuthFake({ ...plain, client: { hasSecret: true } });
    const secret = { TOKENFLOW_WORK_CLIENT_SECRET: OAUTH_CLIENT.secret };
    expect((await sandbox.run([...LOGIN, "--issuer", fake.origin], secret)).exit).toBe(0);
    const refused = await sandbox.run(["token", "work", "--force-refresh"]);
    expect([refused.exit, refused.stderr]).toEqual([
      2,
      expect.stringContaining("TOKENFLOW_<NAME>_CLIENT_SECRET"),
    ]);
  });

  test("every option in a hint of the library has its name here", async () => {
    const sources = globSync(resolve(import.meta.dirname, "../../../../packages/provider-oauth/src/**/*.ts"));
    expect(sources.length).toBeGreaterThan(10);
    const named: string[] = [];
    for (const source of sources) {
      for (const [, hint = ""] of (await readFile(source, "utf8")).matchAll(
        /^\s+(?:hint: )?(["`](?:Set|Check|Use|If|Allow|Remove|Ask|Register|Sign in) .*["`]),?$/gm,
      )) {
        const text = hint.slice(1, -1).replaceAll("\\`", "`").replaceAll("${endpoint}", "revocation");
        named.push(...(inOptions(text)?.match(/`[\w.]+`/g) ?? []));
      }
    }
    expect(named).toEqual([]);
  });
});

describe("a refusal is called by its name", () => {
  const said = (error: string, error_description: string): Partial<OAuthProfile> => ({
    says: { pending: [400, { error, error_description }] },
  });
  const id = " Trace ID: 11111111-2222 Correlation ID: 3 Timestamp: 2026-11-30 00:00:00Z";

  test.each([
    [
      "Conditional Access",
      said("invalid_grant", `AADSTS53003: Access has been blocked by Conditional Access policies.${id}`),
      6,
      /Conditional Access policy of the organization blocks this sign-in \(invalid_grant: AADSTS53003: .*administrators/,
    ],
    [
      "missing consent",
      said("invalid_grant", `AADSTS65001: The user has not consented to use the application.${id}`),
      6,
      /no consent for what it asks \(invalid_grant: AADSTS65001: .*or ask for less with --scope/,
    ],
    [
      "a key (DPoP)",
      { says: { token: { token_type: "DPoP" } } },
      2,
      /tokens are bound to a key \(DPoP\), which TokenFlow does not support.*Register the client without DPoP/,
    ],
    [
      "a public client",
      said(
        "invalid_client",
        `AADSTS7000218: The request body must contain client_assertion or client_secret.${id}`,
      ),
      2,
      /not a public client.*Allow public client flows in the app registration, or set the client's secret \(--client-secret-stdin/,
    ],
  ] as const)("%s", async (_, profile, exit, words) => {
    await using sandbox = await openSandbox();
    const refused = await signIn(sandbox, profile);
    expect(refused.stderr).toMatch(words);
    expect(refused.stderr).not.toContain("Trace ID");
    expect(refused.exit).toBe(exit);
  });

  test("and a service's own sentence is cut, without controls and secrets", async () => {
    await using sandbox = await openSandbox();
    const sentence = `\u001b[2J\u202eYour ${OAUTH_CLIENT.secret} is wrong\r\n${"x".repeat(5_000)}`;
    await using fake = await startOAuthFake({
      ...plain,
      ...said("access_denied_here", sentence),
      client: { hasSecret: true },
    });
    const secret = { TOKENFLOW_WORK_CLIENT_SECRET: OAUTH_CLIENT.secret };
    const { stderr, exit } = await sandbox.run([...LOGIN, "--issuer", fake.origin], secret);
    expect(exit).not.toBe(0);
    expect(stderr).toContain("is wrong");
    expect(stderr).not.toContain(OAUTH_CLIENT.secret);
    expect(stderr.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(stderr.length).toBeLessThan(1_500);
  });
});
