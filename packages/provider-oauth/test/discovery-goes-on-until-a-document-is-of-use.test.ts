import { type Answer, createFakeCall, failureOf, type SeenRequest } from "@tokenflow/core/testing";
import { createOAuthProvider, type OAuthProviderOptions } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";

const origin = "https://login.example.org";
const grant = { refreshToken: "r1" };

const documentOf = (issuer: string, more: object = {}): Answer => ({
  json: {
    issuer,
    token_endpoint: `${origin}/token`,
    device_authorization_endpoint: `${origin}/device`,
    ...more,
  },
});
const deviceCode: Answer = {
  json: { device_code: "d", user_code: "u", verification_uri: `${origin}/activate` },
};

/** A server whose documents are the given ones, by path; everything else is `otherwise`. */
function open(
  options: Pick<OAuthProviderOptions, "issuer" | "endpoints" | "origins">,
  documents: Readonly<Record<string, Answer>>,
  otherwise: Answer = { status: 404, text: "" },
) {
  const answer = ({ url, body }: SeenRequest): Answer => {
    const { pathname } = new URL(url);
    if (Object.hasOwn(documents, pathname)) return documents[pathname] ?? otherwise;
    if (pathname.includes("/.well-known/")) return otherwise;
    return body.includes("grant_type") ? { json: { access_token: "a1", expires_in: 60 } } : deviceCode;
  };
  const { call, requests } = createFakeCall(answer);
  const provider = createOAuthProvider({ clientId: "c", ...options } as OAuthProviderOptions);
  return {
    signIn: () => provider.requestDeviceCode(call),
    redeem: () => provider.redeem(grant, call),
    asked: () => requests.map(({ url }) => url.slice(origin.length)),
    reads: () => requests.filter(({ method }) => method === "GET").length,
  };
}

describe("discovery goes on to the next address after", () => {
  const useless: Readonly<Record<string, Answer>> = {
    "an empty object": { json: {} },
    "a JSON error with 200": { json: { error: "not_found" } },
    "a page with 200": { text: "<html>" },
    "the document of another issuer": documentOf("https://other.example"),
    "a document without an issuer": documentOf(origin, { issuer: undefined }),
    "a document that names another origin": documentOf(origin, { token_endpoint: "https://other.example/t" }),
    "a document without the device endpoint": documentOf(origin, {
      device_authorization_endpoint: undefined,
    }),
    "a reset": { error: "ECONNRESET" },
    "a 500": { status: 500, text: "" },
    "a redirect": { status: 302, headers: { location: "https://other.example/" }, text: "" },
  };
  for (const [name, first] of Object.entries(useless)) {
    test(name, async () => {
      const { signIn, redeem } = open(
        { issuer: origin },
        {
          "/.well-known/oauth-authorization-server": first,
          "/.well-known/openid-configuration": documentOf(origin),
        },
      );
      expect((await signIn()).userCode).toBe("u");
      expect((await redeem()).token?.accessToken).toBe("a1");
    });
  }

  test.each([
    "/.well-known/oauth-authorization-server/oauth2/main",
    "/oauth2/main/.well-known/openid-configuration",
    "/.well-known/openid-configuration/oauth2/main",
    "/oauth2/main/.well-known/oauth-authorization-server",
  ])("everything but %s, on a server with a catch-all route", async (path) => {
    const issuer = `${origin}/oauth2/main`;
    const { signIn } = open({ issuer }, { [path]: documentOf(issuer) }, { json: {} });
    expect((await signIn()).userCode).toBe("u");
  });
});

describe("an endpoint that nobody asked for keeps nobody from using the others:", () => {
  const path = "/.well-known/oauth-authorization-server";
  test.each([
    "authorization_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "registration_endpoint",
  ])("%s", async (name) => {
    for (const address of ["https://other.example/x", "http://login.example.org/x", "/x", "http://[::1]/x"]) {
      const { signIn, redeem, asked } = open(
        { issuer: origin },
        { [path]: documentOf(origin, { [name]: address }) },
      );
      expect((await signIn()).userCode).toBe("u");
      expect((await redeem()).token?.accessToken).toBe("a1");
      expect(asked()).toEqual([path, "/device", "/token"]);
    }
  });

  test("device_authorization_endpoint, for a redemption", async () => {
    const moved = documentOf(origin, { device_authorization_endpoint: "https://other.example/d" });
    const { signIn, redeem } = open({ issuer: origin }, { [path]: moved });
    expect((await redeem()).token?.accessToken).toBe("a1");
    expect((await failureOf(signIn())).message).toContain("names an endpoint at other.example");
  });
});

describe("a document is read behind redirects within its origin", () => {
  const path = "/.well-known/oauth-authorization-server";
  const moved = (location: string): Answer => ({ status: 307, headers: { location }, text: "" });

  test.each([`${path}/`, `${origin}${path}/`, "oauth-authorization-server/"])("%s", async (to) => {
    const { signIn, asked } = open(
      { issuer: origin },
      { [path]: moved(to), [`${path}/`]: documentOf(origin) },
    );
    expect((await signIn()).userCode).toBe("u");
    expect(asked()).toEqual([path, `${path}/`, "/device"]);
  });

  test("and a circle of them ends", async () => {
    const { signIn, reads } = open({ issuer: origin }, { [path]: moved(path) });
    expect((await failureOf(signIn())).code).toBe("provider.malformed");
    expect(reads()).toBeLessThan(10);
  });
});

describe("discovery ends", () => {
  test("at a host that cannot be reached", async () => {
    const { signIn, reads } = open({ issuer: origin }, {}, { error: "ENOTFOUND" });
    expect((await failureOf(signIn())).code).toBe("provider.unavailable");
    expect(reads()).toBe(1);
  });

  test("with the first fault if no document is of use, and a passing one counts first", async () => {
    const other = documentOf("https://other.example");
    const first = { "/.well-known/oauth-authorization-server": other };
    expect(await failureOf(open({ issuer: origin }, first).signIn())).toMatchObject({
      code: "provider.misconfigured",
      message: expect.stringContaining("another issuer"),
    });
    const busy = open({ issuer: origin }, first, { status: 503, text: "" });
    expect((await failureOf(busy.signIn())).code).toBe("provider.unavailable");
  });

  test("at the first document for a redemption, which needs no device endpoint", async () => {
    const path = "/.well-known/oauth-authorization-server";
    const { redeem, signIn, asked } = open(
      { issuer: origin },
      { [path]: documentOf(origin, { device_authorization_endpoint: undefined }) },
    );
    await redeem();
    expect(asked()).toEqual([path, "/token"]);
    expect((await failureOf(signIn())).code).toBe("provider.misconfigured");
    expect((await failureOf(signIn())).code).toBe("provider.misconfigured");
    // All documents were read once, and none has it.
    expect(asked().slice(2)).toEqual([path, "/.well-known/openid-configuration"]);
  });
});

describe("endpoints that are given beside an issuer", () => {
  const issuer = origin;
  const document = "/.well-known/oauth-authorization-server";

  test("win over those of the document, which are then not checked", async () => {
    const { signIn, asked } = open(
      { issuer, endpoints: { deviceAuthorization: `${origin}/oauth/authorize_device` } },
      { [document]: documentOf(issuer, { device_authorization_endpoint: "https://other.example/d" }) },
    );
    await signIn();
    expect(asked()).toEqual([document, "/oauth/authorize_device"]);
  });

  test("are used if no document is of use", async () => {
    const { signIn, redeem, asked } = open(
      { issuer, endpoints: { deviceAuthorization: `${origin}/d`, token: `${origin}/t` } },
      {},
    );
    await signIn();
    await redeem();
    expect(asked().filter((path) => !path.includes("well-known"))).toEqual(["/d", "/t"]);
  });

  test("are checked like every address", () => {
    const endpoints = { deviceAuthorization: "http://login.example.org/d" };
    expect(() => createOAuthProvider({ issuer, clientId: "c", endpoints })).toThrow(
      expect.objectContaining({ code: "provider.misconfigured" }),
    );
  });
});

describe("the address of a document in place of an issuer", () => {
  test("is read as it is, whatever issuer it states", async () => {
    const issuer = `${origin}/app/one/.well-known/openid-configuration`;
    const { signIn, asked } = open({ issuer }, { [new URL(issuer).pathname]: documentOf("acme.com") });
    await signIn();
    expect(asked()).toEqual(["/app/one/.well-known/openid-configuration", "/device"]);
  });

  test("still binds the endpoints to its origin", async () => {
    const issuer = `${origin}/.well-known/openid-configuration`;
    const document = documentOf("acme.com", { token_endpoint: "https://other.example/t" });
    const opened = open({ issuer }, { "/.well-known/openid-configuration": document });
    expect((await failureOf(opened.signIn())).code).toBe("provider.misconfigured");
    expect(opened.asked()).toHaveLength(1);
  });
});

describe("a tenant's alias", () => {
  const id = "9188040d-6c67-4c5b-b112-36a304b66dad";
  test.each([
    ["common", "{tenantid}", true],
    ["organizations", "{tenantid}", true],
    ["consumers", id, true],
    ["contoso.onmicrosoft.com", id, true],
    [id, "{tenantid}", false],
    [id, "72f988bf-86f1-41af-91ab-2d7cd011db47", false],
    ["common", "somebody", false],
    ["realm", id, false],
  ])("%s may have a document that states %s: %j", async (alias, stated, isAllowed) => {
    const issuer = `${origin}/${alias}/v2.0`;
    const { signIn } = open(
      { issuer },
      { [`/${alias}/v2.0/.well-known/openid-configuration`]: documentOf(`${origin}/${stated}/v2.0`) },
    );
    if (isAllowed) expect((await signIn()).userCode).toBe("u");
    else expect((await failureOf(signIn())).code).toBe("provider.misconfigured");
  });
});
