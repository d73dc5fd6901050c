import { type Simulator, startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { type Answer, bearer, exchangeHyper, postJson, send } from "./requests.ts";

function credits(simulator: Simulator, token: Answer): Promise<Answer> {
  return send(`${simulator.hyperUrl}/v1/credits`, { headers: bearer(String(token.json["access_token"])) });
}

test("each exchange rotates the grant, and tokens live beside each other", async () => {
  await using simulator = await startSimulator();
  const first = await exchangeHyper(simulator, simulator.createGrant("hyper"));
  const second = await exchangeHyper(simulator, first.json["refresh_token"]);
  expect(second.json["refresh_token"]).not.toBe(first.json["refresh_token"]);
  expect((await credits(simulator, first)).status).toBe(200);
  expect((await credits(simulator, second)).status).toBe(200);
});

test("a spent grant revokes every grant and token of its family, and no other family's", async () => {
  await using simulator = await startSimulator();
  const grant = simulator.createGrant("hyper");
  const other = await exchangeHyper(simulator, simulator.createGrant("hyper"));
  const first = await exchangeHyper(simulator, grant);
  const reused = await exchangeHyper(simulator, grant);
  expect(reused.status).toBe(401);
  expect(reused.json).toEqual({ error: "could not get refresh token: not found" });
  expect((await exchangeHyper(simulator, first.json["refresh_token"])).json).toEqual(reused.json);
  expect((await credits(simulator, first)).status).toBe(401);
  expect((await credits(simulator, other)).status).toBe(200);
  expect(simulator.counts).toMatchObject({ exchanges: 4, tokens: 2, reuses: 1, forgiven: 0 });
});

test("a forgiving server answers the last spent grant again, with the grant that stands", async () => {
  await using simulator = await startSimulator({ hyperForgiveness: 60_000 });
  const grant = simulator.createGrant("hyper");
  const first = await exchangeHyper(simulator, grant);
  const again = await exchangeHyper(simulator, grant);
  expect(again.status).toBe(200);
  expect(again.json["refresh_token"]).toBe(first.json["refresh_token"]);
  expect(again.json["access_token"]).not.toBe(first.json["access_token"]);
  expect(simulator.counts).toMatchObject({ reuses: 0, forgiven: 1 });
});

test("it forgives neither an older grant nor after its time", async () => {
  await using simulator = await startSimulator({ hyperForgiveness: 60_000 });
  const older = simulator.createGrant("hyper");
  const next = await exchangeHyper(simulator, older);
  await exchangeHyper(simulator, next.json["refresh_token"]);
  expect((await exchangeHyper(simulator, older)).status).toBe(401);
  const late = simulator.createGrant("hyper");
  await exchangeHyper(simulator, late);
  simulator.settings.hyperForgiveness = 0;
  expect((await exchangeHyper(simulator, late)).status).toBe(401);
});

test("a grant whose answer was lost is spent all the same", async () => {
  await using simulator = await startSimulator();
  const grant = simulator.createGrant("hyper");
  simulator.fault({ path: "/token/exchange", processed: true, reset: true });
  await expect(exchangeHyper(simulator, grant)).rejects.toThrow("fetch failed");
  expect((await exchangeHyper(simulator, grant)).status).toBe(401);
  expect(simulator.counts).toMatchObject({ tokens: 1, reuses: 1 });
});

test("a grant whose request was reset before the work is not spent", async () => {
  await using simulator = await startSimulator();
  const grant = simulator.createGrant("hyper");
  simulator.fault({ path: "/token/exchange", reset: true });
  await expect(exchangeHyper(simulator, grant)).rejects.toThrow("fetch failed");
  expect((await exchangeHyper(simulator, grant)).status).toBe(200);
  expect(simulator.counts).toMatchObject({ exchanges: 2, tokens: 1, reuses: 0 });
});

test("revoking a grant ends the family, and introspection says so", async () => {
  await using simulator = await startSimulator();
  const token = await exchangeHyper(simulator, simulator.createGrant("hyper"));
  const introspect = (): Promise<Answer> =>
    postJson(`${simulator.hyperUrl}/token/introspect`, { token: token.json["access_token"] });
  expect((await introspect()).json).toMatchObject({ active: true });
  simulator.revokeGrants();
  expect((await introspect()).json).toEqual({ active: false });
});
