import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { ask, bearer, copilotToken, EDITOR, PATIENT, postJson, question, send } from "./requests.ts";

test("a model call without Editor-Version is 400 in plain text, the catalogue is not", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  const url = `${simulator.copilotUrl}/chat/completions`;
  const missing = await postJson(url, question(), bearer(token));
  expect(missing.status).toBe(400);
  expect(missing.headers.get("content-type")).toContain("text/plain");
  expect(missing.text.trim()).toBe("bad request: missing Editor-Version header for IDE auth");
  const unknown = await postJson(url, question(), { ...bearer(token), "editor-version": "editor" });
  expect(unknown.text).toContain("unknown Editor-Version header for IDE auth");
  expect((await send(`${simulator.copilotUrl}/models`, { headers: bearer(token) })).status).toBe(200);
});

test("an expired token, an unknown one and none at all are 401, each in its words", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  simulator.expireTokens();
  const expired = await ask(simulator, token);
  expect([expired.status, expired.text.trim()]).toEqual([401, "unauthorized: token expired"]);
  expect((await ask(simulator, "tid=0;exp=1:0")).text).toContain("AuthenticateToken authentication failed");
  expect((await postJson(`${simulator.copilotUrl}/chat/completions`, question(), EDITOR)).status).toBe(401);
  expect(simulator.counts).toMatchObject({ refusals: 3, misdirected: 0 });
});

test("a token ends by itself after its lifetime, and not before", async () => {
  await using simulator = await startSimulator({ tokenLifetime: 1.5 });
  const token = await copilotToken(simulator);
  expect((await ask(simulator, token)).status).toBe(200);
  await expect.poll(async () => (await ask(simulator, token)).status, PATIENT).toBe(401);
});

test("the wrong model, the wrong path, no message and a picture without its header are 400", async () => {
  await using simulator = await startSimulator();
  const token = await copilotToken(simulator);
  const code = async (more: Record<string, unknown>, path?: string): Promise<unknown> =>
    (await ask(simulator, token, more, path)).json["error"];
  expect(await code({ model: "gpt-2" })).toEqual({
    message: "The requested model is not supported.",
    code: "model_not_supported",
    param: "model",
    type: "invalid_request_error",
  });
  expect(await code({ model: "gpt-5-codex" })).toMatchObject({ code: "unsupported_api_for_model" });
  expect(await code({ model: "gpt-4.1" }, "/v1/messages")).toMatchObject({
    code: "unsupported_api_for_model",
  });
  expect(await code({ messages: [] })).toMatchObject({ code: "invalid_request_body" });
  const content = [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }];
  const picture = { messages: [{ role: "user", content }] };
  expect((await ask(simulator, token, picture)).text).toContain(
    "missing required Copilot-Vision-Request header",
  );
  const seen = await postJson(`${simulator.copilotUrl}/chat/completions`, question(picture), {
    ...EDITOR,
    ...bearer(token),
    "copilot-vision-request": "true",
  });
  expect(seen.status).toBe(200);
});

test("a credential sent to a host that is not its own is 401 and counted as misdirected", async () => {
  await using simulator = await startSimulator({ directTokens: false });
  const github = simulator.createGrant("github");
  const copilot = await copilotToken(simulator);
  const hyper = simulator.createGrant("hyper");
  const sent = [
    send(`${simulator.copilotUrl}/models`, { headers: bearer(github) }),
    send(`${simulator.copilotUrl}/models`, { headers: bearer(hyper) }),
    send(`${simulator.githubApiUrl}/user`, { headers: bearer(copilot) }),
    send(`${simulator.hyperUrl}/v1/credits`, { headers: bearer(copilot) }),
    send(`${simulator.hyperUrl}/v1/credits`, { headers: { "x-api-key": github } }),
  ];
  for (const answer of sent) expect((await answer).status).toBe(401);
  expect(simulator.counts.misdirected).toBe(5);
  expect(simulator.journal.filter((entry) => entry.misdirected)).toHaveLength(5);
});

test("the catalogue says what each model can do and how it is reached", async () => {
  await using simulator = await startSimulator();
  const { json, headers } = await send(`${simulator.copilotUrl}/models`, {
    headers: bearer(await copilotToken(simulator)),
  });
  expect(headers.get("cache-control")).toBe("private, max-age=21600");
  expect(json).toEqual({ object: "list", data: expect.any(Array) });
  expect(json["data"]).toContainEqual(
    expect.objectContaining({
      id: "claude-sonnet-4",
      object: "model",
      vendor: "Anthropic",
      model_picker_enabled: true,
      policy: { state: "enabled", terms: expect.any(String) },
      supported_endpoints: ["/chat/completions", "/v1/messages"],
      capabilities: expect.objectContaining({ object: "model_capabilities", type: "chat" }),
    }),
  );
});

test("a GitHub token itself opens the API with the scheme of its plan, whatever the editor", async () => {
  for (const [plan, scheme, other] of [
    ["individual", "Bearer", "token"],
    ["business", "token", "Bearer"],
  ] as const) {
    await using simulator = await startSimulator({ plan });
    const github = simulator.createGrant("github");
    const url = `${simulator.copilotUrl}/chat/completions`;
    expect((await postJson(url, question(), { authorization: `${scheme} ${github}` })).status).toBe(200);
    const refused = await postJson(url, question(), { authorization: `${other} ${github}` });
    expect([refused.status, refused.text.trim()]).toEqual([
      400,
      "bad request: Authorization header is badly formatted",
    ]);
  }
});

test("tokens of Actions open the API and cannot be exchanged; tokens made by hand do neither", async () => {
  await using simulator = await startSimulator();
  const exchange = `${simulator.githubApiUrl}/copilot_internal/v2/token`;
  const actions = bearer(simulator.createGrant("github", { clientId: "actions" }));
  const personal = bearer(simulator.createGrant("github", { clientId: "personal" }));
  expect((await send(exchange, { headers: { ...actions, ...EDITOR } })).status).toBe(403);
  expect((await send(`${simulator.copilotUrl}/models`, { headers: actions })).status).toBe(200);
  expect((await send(exchange, { headers: { ...personal, ...EDITOR } })).status).toBe(404);
  expect((await send(`${simulator.copilotUrl}/models`, { headers: personal })).status).toBe(400);
});
