import { runChecks } from "@tokenflow/conformance";
import { startOidcServer, walkPages } from "@tokenflow/services";
import { expect, test } from "vitest";

test("oidc-provider fails none of the checks that can be tried on it", async () => {
  await using server = await startOidcServer({ clients: [{ id: "kit" }], deviceCodeLifetime: 8 });

  const results = await runChecks({
    issuer: server.issuer,
    clientId: "kit",
    scope: "openid offline_access",
    approve: ({ userCode }) => server.approve(userCode),
    deny: ({ userCode }) =>
      walkPages(`${server.issuer}/device?user_code=${encodeURIComponent(userCode)}`, "deny"),
  });

  const notes = results.map(({ check, status, note }) => [check.id, status, note]);
  expect(notes.filter(([, status]) => status === "failed")).toEqual([]);
  expect(notes.filter(([, status]) => status === "not offered").map(([id]) => id)).toEqual([
    "keeps-the-interval-of-slow-down",
  ]);
});
