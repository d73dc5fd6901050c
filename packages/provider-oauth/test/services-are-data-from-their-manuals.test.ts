import { failureOf } from "@tokenflow/core/testing";
import {
  createOAuthProvider,
  oauthServiceOptions,
  oauthServices,
  servicesWithoutDeviceFlow,
} from "@tokenflow/provider-oauth";
import { OAUTH_PROFILES } from "@tokenflow/simulator";
import { describe, expect, test } from "vitest";
import { expectTable } from "./services-page.ts";

const url = "https://login.example.org";
const given = { url, realm: "main", app: "one" };
const errorOf = (service: string, variables = {}) =>
  failureOf(Promise.resolve().then(() => oauthServiceOptions(service, variables)));

describe("a service that is known by name", () => {
  test.each(Object.entries(oauthServices))("has a manual and safe addresses: %s", (name, row) => {
    expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
    for (const page of [row.manual, row.clients]) expect(new URL(page).protocol).toBe("https:");
    expect(JSON.stringify(row)).not.toMatch(/"client_?id":"(?!\$)/i);
    const own = Object.entries(given).filter(([variable]) => Object.hasOwn(row.variables ?? {}, variable));
    const provider = createOAuthProvider({
      ...oauthServiceOptions(name, Object.fromEntries(own)),
      clientId: "c",
    });
    expect(provider.name).toBe(row.name);
  });

  test.each(Object.keys(oauthServices))("has a stand-in: %s", (name) => {
    expect(OAUTH_PROFILES.map(({ service }) => service?.[0])).toContain(name);
  });

  test("gets the values that its addresses need, and nothing else in them", async () => {
    expect(oauthServiceOptions("gitlab").issuer).toBe("https://gitlab.com");
    expect(oauthServiceOptions("gitlab", { url: `${url}/git/` }).endpoints?.token).toBe(
      `${url}/git/oauth/token`,
    );
    expect(oauthServiceOptions("microsoft", { tenant: "contoso.com" }).issuer).toContain("/contoso.com/");
    const missing = await errorOf("keycloak", { url });
    expect(missing).toMatchObject({ code: "provider.misconfigured", message: 'Keycloak needs "realm"' });
    expect(await errorOf("keycloak")).toMatchObject({
      message: 'Keycloak needs "url" and "realm"',
      hint: expect.stringContaining("realm: The realm."),
    });
    expect(await errorOf("gitlab", { tenant: "a", url: undefined })).toMatchObject({
      message: 'GitLab has no value "tenant"',
      hint: "It has: url.",
    });
    for (const variables of [{ tenant: "a/b" }, { tenant: "../x" }, { tenant: "a b" }]) {
      expect((await errorOf("microsoft", variables)).code).toBe("provider.misconfigured");
    }
    expect((await errorOf("keycloak", { realm: "main", url: "http://sso.example.org" })).code).toBe(
      "provider.misconfigured",
    );
  });

  test("is told apart from one without the device flow, and from none", async () => {
    for (const name of Object.keys(servicesWithoutDeviceFlow)) {
      const error = await errorOf(name);
      expect(error.message).toContain("does not offer the device flow");
      expect(error.hint).toContain("https://");
    }
    expect((await errorOf("toString")).message).toContain("no service");
  });
});

test("docs/services.md lists them", async () => {
  const rows = Object.entries(oauthServices).map(([name, row]) => [
    `\`${name}\``,
    `[${row.name}](${row.manual})`,
    needs(row),
    `[clients](${row.clients})`,
    row.source ?? "notes of its manual",
    row.note ?? row.noClients ?? "",
  ]);
  await expectTable("services", ["name", "service", "needs", "register", "read from", "limits"], rows);
});

function needs({ variables = {}, needs: options = [] }: (typeof oauthServices)[string]): string {
  const values = Object.entries(variables).map(([name, { default: preset }]) =>
    preset === undefined ? `\`${name}\`` : `\`${name}\` (${preset})`,
  );
  return [...values, ...options.map((option) => `\`${option}\``)].join(", ");
}
