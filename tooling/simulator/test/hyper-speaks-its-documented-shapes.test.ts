import { type Simulator, startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import {
  type Answer,
  bearer,
  events,
  exchangeHyper,
  postForm,
  postJson,
  question,
  send,
} from "./requests.ts";

async function accessToken(simulator: Simulator): Promise<string> {
  return String((await exchangeHyper(simulator, simulator.createGrant("hyper"))).json["access_token"]);
}

function chat(simulator: Simulator, token: string, more: Record<string, unknown> = {}): Promise<Answer> {
  const body = question({ model: "kimi-k2.5", ...more });
  return postJson(`${simulator.hyperUrl}/v1/chat/completions`, body, bearer(token));
}

test("the device flow: verification_url, a poll by path, and no access token in it", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const code = await postJson(`${simulator.hyperUrl}/device/auth`, { device_name: "TokenFlow" });
  expect(code.json).toEqual({
    device_code: expect.any(String),
    user_code: expect.any(String),
    verification_url: `${simulator.hyperUrl}/device`,
    expires_in: 899,
    interval: 0,
  });
  const poll = (): Promise<Answer> =>
    send(`${simulator.hyperUrl}/device/auth/${String(code.json["device_code"])}`);
  const pending = await poll();
  expect([pending.status, pending.json]).toEqual([200, { error: "authorization_pending" }]);
  simulator.approve(String(code.json["user_code"]));
  expect((await poll()).json).toEqual({
    refresh_token: expect.stringMatching(/^hrt_/),
    user_id: expect.any(String),
    team_id: expect.any(String),
    team_name: expect.any(String),
  });
});

test("denied, expired and unknown codes are 200 with an error", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const start = (): Promise<Answer> =>
    postJson(`${simulator.hyperUrl}/device/auth`, { device_name: "TokenFlow" });
  const poll = (code: unknown): Promise<Answer> => send(`${simulator.hyperUrl}/device/auth/${String(code)}`);
  const denied = await start();
  simulator.deny(String(denied.json["user_code"]));
  expect((await poll(denied.json["device_code"])).json).toMatchObject({ error: "access_denied" });
  simulator.settings.deviceCodeLifetime = 0;
  const expired = await start();
  expect((await poll(expired.json["device_code"])).json).toMatchObject({ error: "expired_token" });
  const unknown = await poll("0".repeat(40));
  expect([unknown.status, unknown.json["error"]]).toEqual([200, "invalid_grant"]);
});

test("the exchange answers in either of its two forms, with a JWT", async () => {
  await using simulator = await startSimulator();
  const relative = await exchangeHyper(simulator, simulator.createGrant("hyper"));
  expect(relative.json).toEqual({
    access_token: expect.stringMatching(/^ey[\w-]+\.ey[\w-]+\.[\w-]+$/),
    token_type: "Bearer",
    refresh_token: expect.stringMatching(/^hrt_/),
    expiry: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    expires_in: 3600,
  });
  simulator.settings.hyperExpiry = "expires_at";
  const absolute = await exchangeHyper(simulator, relative.json["refresh_token"]);
  expect(absolute.json).not.toHaveProperty("expires_in");
  expect(absolute.json["expires_at"]).toBe(Date.parse(String(absolute.json["expiry"])) / 1000);
  const claims: unknown = JSON.parse(
    Buffer.from(String(absolute.json["access_token"]).split(".")[1] ?? "", "base64url").toString(),
  );
  expect(claims).toMatchObject({ exp: absolute.json["expires_at"], iss: simulator.hyperUrl });
});

test("its endpoints take JSON, no forms", async () => {
  await using simulator = await startSimulator();
  const grant = simulator.createGrant("hyper");
  expect((await postForm(`${simulator.hyperUrl}/token/exchange`, { refresh_token: grant })).status).toBe(400);
  expect((await postForm(`${simulator.hyperUrl}/device/auth`, { device_name: "TokenFlow" })).status).toBe(
    400,
  );
  expect((await postJson(`${simulator.hyperUrl}/device/auth`, {})).status).toBe(400);
  const untyped = { "content-type": "text/plain" };
  expect(
    (await postJson(`${simulator.hyperUrl}/token/exchange`, { refresh_token: grant }, untyped)).status,
  ).toBe(400);
  expect((await exchangeHyper(simulator, grant)).status).toBe(200);
});

test("introspection knows who, which team and until when", async () => {
  await using simulator = await startSimulator();
  const url = `${simulator.hyperUrl}/token/introspect`;
  const token = await accessToken(simulator);
  const { json } = await postJson(url, { token });
  expect(json).toEqual({
    active: true,
    sub: expect.any(String),
    org_id: expect.any(String),
    exp: expect.any(Number),
    iat: expect.any(Number),
    iss: simulator.hyperUrl,
    jti: expect.any(String),
  });
  simulator.expireTokens();
  expect((await postJson(url, { token })).json).toEqual({ active: false });
});

test("credits are a balance, or dollars; a bad key and an expired token are told apart", async () => {
  await using simulator = await startSimulator({ hyperBalance: 200 });
  const credits = (token: string): Promise<Answer> =>
    send(`${simulator.hyperUrl}/v1/credits`, { headers: bearer(token) });
  const token = await accessToken(simulator);
  expect((await credits(token)).json).toEqual({ balance: 200 });
  simulator.settings.hyperShowsDollars = true;
  expect((await credits("sk-hyper-simulated")).json).toEqual({ balance_usd: 10 });
  expect((await credits("sk-hyper-wrong")).json).toEqual({ error: "authentication failed" });
  simulator.expireTokens();
  const expired = await credits(token);
  expect([expired.status, expired.json["error"]]).toEqual([
    401,
    "invalid token: token has invalid claims: token is expired",
  ]);
});

test("a completion carries what is left, and without credits it is 402", async () => {
  await using simulator = await startSimulator();
  const token = await accessToken(simulator);
  expect((await chat(simulator, token)).json).toMatchObject({
    object: "chat.completion",
    usage: { remaining: { hypercredits: 999.99 } },
  });
  const chunks = events((await chat(simulator, token, { stream: true })).text);
  expect(chunks[0]).toMatchObject({ choices: [{ delta: { role: "assistant" } }] });
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { remaining: { hypercredits: 999.98 } } });
  simulator.settings.hyperBalance = 0;
  const broke = await chat(simulator, token);
  expect(broke.status).toBe(402);
  expect(broke.json).toMatchObject({ error: { message: expect.any(String), type: expect.any(String) } });
  expect((await chat(simulator, token, { model: "gpt-4.1" })).status).toBe(404);
});

test("Anthropic's form wants a Bearer too", async () => {
  await using simulator = await startSimulator();
  const url = `${simulator.hyperUrl}/v1/messages`;
  const body = question({ model: "kimi-k2.5" });
  expect((await postJson(url, body, bearer("sk-hyper-simulated"))).json).toMatchObject({ type: "message" });
  const key = await postJson(url, body, { "x-api-key": "sk-hyper-simulated" });
  expect([key.status, key.json]).toEqual([401, { error: "missing authorization" }]);
});

test("the models are public, the catalogue has an ETag and refuses a bad credential", async () => {
  await using simulator = await startSimulator();
  const models = await send(`${simulator.hyperUrl}/v1/models`, { headers: bearer("nonsense") });
  expect(models.json).toMatchObject({ object: "list", data: [{ id: "kimi-k2.5", object: "model" }, {}] });
  for (const path of ["/api/v1/provider", "/v1/provider"]) {
    const url = `${simulator.hyperUrl}${path}`;
    const { json, headers } = await send(url);
    expect(json).toMatchObject({
      id: "hyper",
      api_endpoint: `${simulator.hyperUrl}/v1`,
      default_large_model_id: "kimi-k2.5",
      models: [{ id: "kimi-k2.5", context_window: expect.any(Number) }, {}],
    });
    const etag = { "if-none-match": String(headers.get("etag")) };
    expect((await send(url, { headers: etag })).status).toBe(304);
    expect((await send(url, { headers: { ...etag, ...bearer("nonsense") } })).status).toBe(401);
  }
});
