import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { bearer, CLIENT_ID, githubCode, githubPoll, postForm, send } from "./requests.ts";

test("a device code has the five documented members and no complete address", async () => {
  await using simulator = await startSimulator();
  const { status, json, headers } = await githubCode(simulator, { scope: "read:user" });
  expect(status).toBe(200);
  expect(headers.get("date")).toBeTruthy();
  expect(json).toEqual({
    device_code: expect.stringMatching(/^[0-9a-f]{40}$/),
    user_code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/),
    verification_uri: `${simulator.githubUrl}/login/device`,
    expires_in: 899,
    interval: 5,
  });
});

test("parameters may come as a form, as JSON or in the query", async () => {
  await using simulator = await startSimulator();
  const url = `${simulator.githubUrl}/login/device/code`;
  const accept = { accept: "application/json" };
  const json = await send(url, {
    method: "POST",
    headers: { ...accept, "content-type": "application/json" },
    body: JSON.stringify({ client_id: CLIENT_ID }),
  });
  const query = await send(`${url}?client_id=${CLIENT_ID}`, { method: "POST", headers: accept });
  expect(json.json).toHaveProperty("device_code");
  expect(query.json).toHaveProperty("device_code");
});

test("without Accept the answer is form-encoded", async () => {
  await using simulator = await startSimulator();
  const { text, headers } = await send(`${simulator.githubUrl}/login/device/code`, {
    method: "POST",
    body: new URLSearchParams({ client_id: CLIENT_ID }),
  });
  expect(headers.get("content-type")).toContain("application/x-www-form-urlencoded");
  expect(new URLSearchParams(text).get("interval")).toBe("5");
});

test("the token of a GitHub App has an empty scope and no end", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const code = await githubCode(simulator, { scope: "read:user" });
  expect((await githubPoll(simulator, code)).json).toMatchObject({
    error: "authorization_pending",
    error_description: expect.any(String),
    error_uri: expect.any(String),
  });
  simulator.approve(String(code.json["user_code"]));
  expect((await githubPoll(simulator, code)).json).toEqual({
    access_token: expect.stringMatching(/^ghu_\w{36}$/),
    token_type: "bearer",
    scope: "",
  });
});

test("the token of an OAuth App has the scopes that were asked for, with commas", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const client = { client_id: "01ab8ac9400c4e429b23" };
  const code = await githubCode(simulator, { ...client, scope: "read:user user:email" });
  simulator.approve(String(code.json["user_code"]));
  const { json } = await githubPoll(simulator, code, client);
  expect(json).toMatchObject({
    access_token: expect.stringMatching(/^gho_/),
    scope: "read:user,user:email",
  });
  const user = await send(`${simulator.githubApiUrl}/user`, {
    headers: bearer(String(json["access_token"])),
  });
  expect(user.headers.get("x-oauth-client-id")).toBe(client.client_id);
  expect(user.headers.get("x-oauth-scopes")).toBe("read:user, user:email");
});

test("an expiring token is renewed, and both old ones end at once", async () => {
  await using simulator = await startSimulator({ interval: 0, githubExpiring: true });
  const code = await githubCode(simulator);
  simulator.approve(String(code.json["user_code"]));
  const { json: first } = await githubPoll(simulator, code);
  expect(first).toEqual({
    access_token: expect.stringMatching(/^ghu_/),
    expires_in: 28_800,
    refresh_token: expect.stringMatching(/^ghr_/),
    refresh_token_expires_in: 15_811_200,
    token_type: "bearer",
    scope: "",
  });
  const refresh = (): ReturnType<typeof postForm> =>
    postForm(`${simulator.githubUrl}/login/oauth/access_token`, {
      client_id: CLIENT_ID,
      grant_type: "refresh_token",
      refresh_token: String(first["refresh_token"]),
    });
  const { json: second } = await refresh();
  const again = await refresh();
  const user = (token: unknown): ReturnType<typeof send> =>
    send(`${simulator.githubApiUrl}/user`, { headers: bearer(String(token)) });
  expect(second["access_token"]).not.toBe(first["access_token"]);
  expect((await user(second["access_token"])).status).toBe(200);
  expect((await user(first["access_token"])).status).toBe(401);
  expect(again.status).toBe(200);
  expect(again.json).toMatchObject({ error: "bad_refresh_token" });
  expect(simulator.counts).toMatchObject({ polls: 1, refreshes: 2 });
});

test.each([
  ["incorrect_client_credentials", { client_id: "nobody" }],
  ["unsupported_grant_type", { grant_type: "device_code" }],
  ["incorrect_device_code", { device_code: "0".repeat(40) }],
  ["incorrect_device_code", { client_id: "01ab8ac9400c4e429b23" }],
])("a poll is refused with %s and status 200", async (error, fields) => {
  await using simulator = await startSimulator({ interval: 0 });
  const code = await githubCode(simulator);
  const { status, json } = await githubPoll(simulator, code, fields);
  expect(status).toBe(200);
  expect(json).toMatchObject({ error });
});

test("a denied code and an expired one say so", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const denied = await githubCode(simulator);
  simulator.deny(String(denied.json["user_code"]));
  expect((await githubPoll(simulator, denied)).json).toMatchObject({ error: "access_denied" });
  simulator.settings.deviceCodeLifetime = 0;
  const expired = await githubCode(simulator);
  expect((await githubPoll(simulator, expired)).json).toMatchObject({ error: "expired_token" });
  expect(() => simulator.approve(String(expired.json["user_code"]))).toThrow(RangeError);
});

test("an unknown app gets no code, and no app gets one if the flow is off", async () => {
  await using simulator = await startSimulator({ deviceFlow: false });
  expect((await githubCode(simulator, { client_id: "nobody" })).json).toMatchObject({
    error: "incorrect_client_credentials",
  });
  expect((await githubCode(simulator)).json).toMatchObject({ error: "device_flow_disabled" });
});

test("a request without User-Agent is forbidden, on both hosts", async () => {
  await using simulator = await startSimulator();
  for (const url of [`${simulator.githubUrl}/login/device/code`, `${simulator.githubApiUrl}/user`]) {
    const { status, text } = await send(url, { method: "POST", headers: { "user-agent": "" } });
    expect(status).toBe(403);
    expect(text).toContain("User-Agent");
  }
});

test("a leaked credential can be revoked by anyone who has it, without authentication", async () => {
  await using simulator = await startSimulator();
  const grant = simulator.createGrant("github");
  const url = `${simulator.githubApiUrl}/credentials/revoke`;
  const body = JSON.stringify({ credentials: [grant] });
  expect((await send(url, { method: "POST", body, headers: bearer(grant) })).status).toBe(403);
  expect((await send(url, { method: "POST", body: "{}" })).status).toBe(422);
  expect((await send(url, { method: "POST", body })).status).toBe(202);
  expect((await send(`${simulator.githubApiUrl}/user`, { headers: bearer(grant) })).status).toBe(401);
});
