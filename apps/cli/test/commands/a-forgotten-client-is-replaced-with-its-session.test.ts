import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

interface Server extends AsyncDisposable {
  readonly issuer: string;
  /** The clients that the server still knows. */
  readonly clients: Set<string>;
}

/** A server that registers clients without RFC 7592, and approves each code at once. */
async function startServer(): Promise<Server> {
  const clients = new Set<string>();
  let last = 0;
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", issuer);
    const body = await text(request);
    const send = (status: number, json: object): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    if (pathname === "/.well-known/oauth-authorization-server") {
      const [token, device, register] = ["token", "device", "register"].map((name) => `${issuer}/${name}`);
      return send(200, {
        issuer,
        token_endpoint: token,
        device_authorization_endpoint: device,
        registration_endpoint: register,
      });
    }
    last += 1;
    if (pathname === "/register") {
      clients.add(`client-${last}`);
      return send(201, { client_id: `client-${last}` });
    }
    if (!clients.has(new URLSearchParams(body).get("client_id") ?? "")) {
      return send(401, { error: "invalid_client" });
    }
    if (pathname === "/device") {
      return send(200, {
        device_code: "d",
        user_code: "AB",
        verification_uri: `${issuer}/go`,
        interval: 0.1,
      });
    }
    send(200, {
      access_token: `at-${last}`,
      token_type: "Bearer",
      expires_in: 3600,
      refresh_token: `rt-${last}`,
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    clients,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("the same command again registers another client, also while the old one has a session", async () => {
  await using sandbox = await openSandbox();
  await using server = await startServer();
  const login = ["login", "work", "--issuer", server.issuer, "--register"];
  expect((await sandbox.run(login)).exit).toBe(0);
  server.clients.clear();
  const refused = await sandbox.run(login);
  expect(refused.stderr).toContain("run the same command again to register another");
  const again = await sandbox.run(login);
  expect([again.exit, again.stderr]).toEqual([0, expect.stringContaining("Registered a client")]);
  expect((await sandbox.run(["token", "work", "--force-refresh"])).exit).toBe(0);
});
