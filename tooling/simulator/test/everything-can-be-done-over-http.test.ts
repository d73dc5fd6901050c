import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { exchangeGithub, exchangeHyper, githubCode, githubPoll, postJson, send } from "./requests.ts";

const SERVE: string = new URL("../src/serve.ts", import.meta.url).pathname;

test("approve and deny", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const approved = await githubCode(simulator);
  const denied = await githubCode(simulator);
  const approve = `${simulator.controlUrl}/approve`;
  expect((await postJson(approve, { user_code: approved.json["user_code"], login: "hubot" })).status).toBe(
    200,
  );
  expect(
    (await postJson(`${simulator.controlUrl}/deny`, { user_code: denied.json["user_code"] })).status,
  ).toBe(200);
  expect((await githubPoll(simulator, approved)).json).toHaveProperty("access_token");
  expect((await githubPoll(simulator, denied)).json).toMatchObject({ error: "access_denied" });
  const again = await postJson(approve, { user_code: approved.json["user_code"] });
  expect(again.status).toBe(404);
  expect(again.json["error"]).toContain("No sign-in waits");
});

test("faults, with and without the prefix", async () => {
  await using simulator = await startSimulator();
  const { grant } = (await postJson(`${simulator.controlUrl}/grants`, { service: "github" })).json;
  for (const path of ["/faults", "/_simulator/faults"]) {
    await postJson(`${simulator.controlUrl}${path}`, { service: "github-api", status: 500 });
    expect((await exchangeGithub(simulator, String(grant))).status).toBe(500);
  }
  await postJson(`${simulator.controlUrl}/faults`, { status: 500, count: 9 });
  await send(`${simulator.controlUrl}/faults`, { method: "DELETE" });
  expect((await exchangeGithub(simulator, String(grant))).status).toBe(200);
});

test("settings, all or none", async () => {
  await using simulator = await startSimulator();
  const url = `${simulator.controlUrl}/settings`;
  expect((await postJson(url, { tokenLifetime: 2.5, copilotRefusal: "not_signed_up" })).json).toMatchObject({
    tokenLifetime: 2.5,
    copilotRefusal: "not_signed_up",
  });
  expect((await postJson(url, { copilotRefusal: null })).status).toBe(200);
  expect(simulator.settings).toMatchObject({ tokenLifetime: 2.5, copilotRefusal: undefined });
  const wrong = await postJson(url, { interval: 1, plan: "royal" });
  expect([wrong.status, wrong.json["error"]]).toEqual([400, 'The setting "plan" cannot be "royal"']);
  expect(simulator.settings.interval).toBe(5);
});

test.each([
  ["/settings", { tokenLifetme: 1 }, 'There is no setting "tokenLifetme"'],
  ["/settings", { interval: "fast" }, 'The setting "interval" cannot be "fast"'],
  ["/faults", { statsu: 500 }, 'There is no fault knob "statsu"'],
  ["/faults", { status: "500" }, 'The fault knob "status" must be of type number'],
  ["/faults", [], "The body is not a JSON object"],
])("%s with %j is refused", async (path, body, error) => {
  await using simulator = await startSimulator();
  const answer = await postJson(`${simulator.controlUrl}${path}`, body);
  expect([answer.status, answer.json["error"]]).toEqual([400, error]);
});

test("journal, counts and addresses; tokens and grants can be ended", async () => {
  await using simulator = await startSimulator();
  const { grant } = (await postJson(`${simulator.controlUrl}/grants`, { service: "hyper" })).json;
  const first = await exchangeHyper(simulator, grant);
  expect((await send(`${simulator.controlUrl}/counts`)).json).toEqual(simulator.counts);
  expect(JSON.parse((await send(`${simulator.controlUrl}/journal`)).text)).toMatchObject([
    { kind: "exchange" },
  ]);
  expect((await send(`${simulator.controlUrl}/`)).json).toMatchObject({ hyper: simulator.hyperUrl });
  const introspect = async (): Promise<unknown> =>
    (await postJson(`${simulator.hyperUrl}/token/introspect`, { token: first.json["access_token"] })).json[
      "active"
    ];
  expect(await introspect()).toBe(true);
  await postJson(`${simulator.controlUrl}/expire-tokens`, {});
  expect(await introspect()).toBe(false);
  expect((await postJson(`${simulator.controlUrl}/revoke-grants`, {})).json).toEqual({ revoked: 1 });
  expect((await exchangeHyper(simulator, first.json["refresh_token"])).status).toBe(401);
  expect((await send(`${simulator.controlUrl}/nothing`)).status).toBe(404);
});

test("each service has a loopback origin of its own", async () => {
  await using simulator = await startSimulator();
  const { githubUrl, githubApiUrl, copilotUrl, hyperUrl, controlUrl } = simulator;
  const all = [githubUrl, githubApiUrl, copilotUrl, hyperUrl, controlUrl];
  expect(new Set(all).size).toBe(5);
  for (const url of all) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("serve.ts prints the environment, obeys --set, and ends at a signal", async () => {
  const child = spawn(process.execPath, [
    "--conditions=@tokenflow/source",
    SERVE,
    "--set",
    "interval=0.25",
    "--set",
    "login=hubot",
  ]);
  const exit = once(child, "exit");
  const env: Record<string, string> = {};
  for await (const line of createInterface(child.stdout)) {
    const [name = "", value = ""] = line.split("=");
    env[name] = value;
    if (name === "SIMULATOR_CONTROL_URL") break;
  }
  expect(Object.keys(env)).toEqual([
    "TOKENFLOW_GITHUB_URL",
    "TOKENFLOW_GITHUB_API_URL",
    "TOKENFLOW_COPILOT_API_URL",
    "HYPER_URL",
    "SIMULATOR_CONTROL_URL",
  ]);
  const settings = await send(`${env["SIMULATOR_CONTROL_URL"]}/settings`);
  expect(settings.json).toMatchObject({ interval: 0.25, login: "hubot" });
  child.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
});

test("serve.ts says in one line what it cannot do", async () => {
  const child = spawn(process.execPath, ["--conditions=@tokenflow/source", SERVE, "--set", "speed=1"]);
  let said = "";
  child.stderr.on("data", (part: Buffer) => {
    said += part.toString();
  });
  expect(await once(child, "close")).toEqual([2, null]);
  expect(said).toBe('simulator: There is no setting "speed"\n');
});
