import { type CheckResult, type IssuerOptions, runChecks } from "@tokenflow/conformance";
import { isStaleTable, SERVER_CASES, type ServerCase } from "@tokenflow/services";
import { expect, test } from "vitest";

/** A client of the kit needs an issuer, and an id that is known before. */
const CHECKED = [
  ["oidc-provider", "public"],
  ["oidc-provider", "secret by Basic"],
  ["oidc-provider", "secret in the form"],
  ["Better Auth, its OAuth provider", "secret by Basic"],
  ["Authlib", "public"],
  ["Authlib", "secret by Basic"],
  ["Glewlwyd", "public"],
  ["Glewlwyd", "secret by Basic"],
] as const;

async function check({ open }: ServerCase): Promise<readonly CheckResult[]> {
  const { server, client } = await open();
  await using _server = server;
  const { issuer } = server;
  const { clientId = "", clientSecret, clientAuthentication, scope } = client;
  const options: IssuerOptions = {
    issuer,
    clientId,
    clientSecret,
    clientAuthentication: clientAuthentication === "client_secret_post" ? "post" : undefined,
    // Glewlwyd has this scope alone.
    scope: client.service ? "openid" : scope,
    approve: ({ userCode }) => server.approve(userCode),
    deny: server.deny && (({ userCode }) => server.deny?.(userCode) ?? Promise.resolve()),
  };
  // Not without a wait: the server ends with this function.
  return await runChecks(options);
}

// They wait for codes to expire, up to 61 s.
test.runIf(process.env["MODE"] === "all")("servers that others wrote", { timeout: 180_000 }, async () => {
  const cases = CHECKED.flatMap(([server, client]) =>
    SERVER_CASES.filter((one) => one.server === server && one.client === client && one.isInstalled()),
  );
  const rows = await Promise.all(
    cases.map(async (one) => {
      const results = await check(one);
      const count = (status: CheckResult["status"]): string =>
        String(results.filter((result) => result.status === status).length);
      const failures = results
        .filter(({ status }) => status === "failed")
        .map(({ check: { id }, note = "" }) => `${id}: ${note}`);
      return [
        one.server,
        one.client,
        count("passed"),
        count("failed"),
        count("not offered"),
        failures.join("; "),
      ];
    }),
  );
  const head = ["server", "client", "passed", "failed", "not offered", "failures"];
  const page = "docs/guides/device-flow-conformance.md";
  const isStale = await isStaleTable(page, "servers", head, rows);
  expect(isStale, `the table of ${page} is of another run: ${JSON.stringify(rows, undefined, 1)}`).toBe(
    false,
  );
});
