import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Token } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { createOAuthProvider, type OAuthProviderOptions } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";

const call = { http: createHttp(), clock: systemClock };
const grant = { refreshToken: "a-refresh-token-of-the-issuer" };
const token = new Token({ accessToken: "an-access-token-of-the-issuer", issuedAt: Date.now() });
const code = {
  deviceCode: "a-device-code-of-the-issuer",
  userCode: "u",
  verificationUri: "https://example.org",
  lifetime: 1,
};

type Listener = (request: IncomingMessage, response: ServerResponse, origin: string) => void;

async function listen(answer: Listener) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    request.resume();
    answer(request, response, origin);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    paths,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Whatever it is asked it takes, and gives what was hoped for. */
const greedy: Listener = (_, response) => {
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({ access_token: "bait", token_type: "Bearer", expires_in: 3600, active: true }),
  );
};

const metadataOf = (issuer: string, endpoints: string): object => ({
  issuer,
  token_endpoint: `${endpoints}/token`,
  device_authorization_endpoint: `${endpoints}/device`,
  revocation_endpoint: `${endpoints}/revoke`,
  introspection_endpoint: `${endpoints}/introspect`,
});

/** Everything that carries a secret, tried against one issuer. Answers the codes of what went wrong. */
async function tryEverything(issuer: string, more: Partial<OAuthProviderOptions> = {}): Promise<string[]> {
  const provider = createOAuthProvider({
    clientId: "c",
    clientSecret: "a-client-secret",
    ...more,
    issuer,
    endpoints: undefined,
  });
  const session = { provider: provider.id, account: "default", grant, token };
  const asked = [
    provider.requestDeviceCode(call),
    provider.pollDeviceCode(code, call),
    provider.redeem(grant, call),
    provider.introspect(token, call),
    provider.revoke?.(session, call),
  ];
  const errors = await Promise.all(asked.map(failureOf));
  return [...new Set(errors.map((error) => error.code))];
}

describe("a secret goes only to the issuer's own origin, and a second origin gets nothing from", () => {
  test("a document that names endpoints of the other", async () => {
    await using thief = await listen(greedy);
    await using issuer = await listen((_, response, origin) =>
      response.end(JSON.stringify(metadataOf(origin, thief.origin))),
    );
    expect(await tryEverything(issuer.origin)).toEqual(["provider.misconfigured"]);
    expect(thief.paths).toEqual([]);
    expect(issuer.paths.every((path) => path.startsWith("/.well-known/"))).toBe(true);
  });

  test("a document of another issuer", async () => {
    await using thief = await listen((_, response, origin) =>
      response.end(JSON.stringify(metadataOf("https://login.example.org", origin))),
    );
    expect(await tryEverything(thief.origin)).toEqual(["provider.misconfigured"]);
    expect(thief.paths.every((path) => path.startsWith("/.well-known/"))).toBe(true);
  });

  test("a document behind a redirect", async () => {
    await using thief = await listen((_, response, origin) =>
      response.end(JSON.stringify(metadataOf(origin, origin))),
    );
    await using issuer = await listen((request, response) => {
      response.writeHead(302, { location: thief.origin + (request.url ?? "") });
      response.end();
    });
    expect(await tryEverything(issuer.origin)).toEqual(["provider.malformed"]);
    expect(thief.paths).toEqual([]);
  });

  test.each([302, 307, 308])("an endpoint that redirects by %i", async (status) => {
    await using thief = await listen(greedy);
    await using issuer = await listen((request, response, origin) => {
      if (request.url?.startsWith("/.well-known/")) {
        response.end(JSON.stringify(metadataOf(origin, origin)));
        return;
      }
      response.writeHead(status, { location: thief.origin + (request.url ?? "") });
      response.end();
    });
    await tryEverything(issuer.origin);
    expect(issuer.paths).toEqual(expect.arrayContaining(["/token", "/device", "/introspect", "/revoke"]));
    expect(thief.paths).toEqual([]);
  });

  test("unless the caller allowed it", async () => {
    await using other = await listen(greedy);
    await using issuer = await listen((_, response, origin) =>
      response.end(JSON.stringify(metadataOf(origin, other.origin))),
    );
    const provider = createOAuthProvider({ issuer: issuer.origin, clientId: "c", origins: [other.origin] });
    expect((await provider.redeem(grant, call)).token?.accessToken).toBe("bait");
  });

  test.each(["http://login.example.org", "https://a:b@login.example.org", "ftp://login.example.org", ""])(
    "an issuer like %j",
    (issuer) => {
      expect(() => createOAuthProvider({ issuer, clientId: "c" })).toThrow(
        expect.objectContaining({ code: "provider.misconfigured" }),
      );
      expect(() => createOAuthProvider({ endpoints: { token: issuer }, clientId: "c" })).toThrow(
        expect.objectContaining({ code: "provider.misconfigured" }),
      );
    },
  );
});
