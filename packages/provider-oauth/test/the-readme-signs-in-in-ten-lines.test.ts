import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { runReadme } from "@tokenflow/simulator";
import { expect, test } from "vitest";

const issuer = "https://login.example.org";
const answers: Readonly<Record<string, object>> = {
  "/.well-known/oauth-authorization-server": {
    issuer,
    token_endpoint: `${issuer}/token`,
    device_authorization_endpoint: `${issuer}/device`,
  },
  "/device": { device_code: "d", user_code: "CODE", verification_uri: `${issuer}/activate`, interval: 0.01 },
  "/token": { access_token: "a", token_type: "Bearer", refresh_token: "r", expires_in: 3600 },
};

test("the README's example signs in and has a token", async () => {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(`${request.url} ${await text(request)}`);
    const body = answers[request.url ?? ""];
    response.writeHead(body ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const { exit, stdout, stderr, lines } = await runReadme(resolve(import.meta.dirname, ".."), {
      "login.example.org": `http://127.0.0.1:${port}`,
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(`Open ${issuer}/activate and enter CODE\n`);
    expect(exit).toBe(0);
    expect(asked).toEqual([
      "/.well-known/oauth-authorization-server ",
      "/device scope=openid+offline_access&client_id=my-cli",
      expect.stringMatching(/^\/token .*device_code=d/),
    ]);
    expect(lines).toBeLessThanOrEqual(10);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
