import { type Answer, createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { describe, expect, test } from "vitest";

const issuer = "https://login.example.org";
const grant = { refreshToken: "r1" };
const hour = 3_600_000;
const token: Answer = { json: { access_token: "a1", expires_in: 60 } };
const at = (path: string, origin = issuer): Answer => ({
  json: { issuer, token_endpoint: `${origin}${path}` },
});
const away: Answer = { status: 503, text: "" };
const missing: Answer = { status: 404, text: "" };

function open(...answers: readonly Answer[]) {
  const calls = createFakeCall(...answers);
  const provider = createOAuthProvider({ issuer, clientId: "c" });
  const seen = (): readonly string[] => calls.requests.map(({ url }) => new URL(url).pathname);
  return { ...calls, redeem: () => provider.redeem(grant, calls.call), seen };
}

const document = "/.well-known/oauth-authorization-server";
const openid = "/.well-known/openid-configuration";

describe("metadata is read again", () => {
  test("once after an hour, and not before", async () => {
    const { redeem, clock, seen } = open(at("/old"), token, token, at("/new"), token, token);
    await redeem();
    clock.jump(hour - 1);
    await redeem();
    clock.jump(1);
    await redeem();
    await redeem();
    expect(seen()).toEqual([document, "/old", "/old", document, "/new", "/new"]);
  });

  test("also if the wall clock was set back meanwhile", async () => {
    const { redeem, clock, seen } = open(at("/old"), token, at("/new"), token);
    await redeem();
    await clock.advance(hour);
    clock.jump(-2 * hour);
    await redeem();
    expect(seen()).toEqual([document, "/old", document, "/new"]);
  });

  test.each<[string, Answer]>([
    ["a page that is not there", { status: 404, text: "<html>" }],
    ["a method that is not allowed", { status: 405, text: "" }],
    ["a redirect", { status: 308, headers: { location: "https://login.example.org/new" }, text: "" }],
    ["a closed door", { error: "ECONNREFUSED" }],
  ])("at once after %s: the endpoint may have moved", async (_, gone) => {
    const { redeem, seen } = open(at("/old"), gone, at("/new"), token, token);
    await failureOf(redeem());
    await redeem();
    await redeem();
    expect(seen()).toEqual([document, "/old", document, "/new", "/new"]);
  });

  test("not after an answer of the endpoint itself", async () => {
    const { redeem, seen } = open(at("/old"), { status: 400, json: { error: "invalid_grant" } }, away, token);
    await failureOf(redeem());
    await failureOf(redeem());
    await redeem();
    expect(seen()).toEqual([document, "/old", "/old", "/old"]);
  });

  test.each<[string, readonly Answer[]]>([
    ["away", [away, away]],
    ["unreachable", [{ error: "ECONNREFUSED" }]],
    ["cut off", [{ error: "ECONNRESET" }, { error: "ECONNRESET" }]],
    ["a page of the network", [{ text: "<html>Welcome to the hotel" }, { text: "<html>" }]],
  ])("and while the document is %s, the known endpoints are used", async (_, answers) => {
    const { redeem, clock, seen } = open(at("/old"), token, ...answers, token, at("/new"), token);
    await redeem();
    clock.jump(hour);
    expect((await redeem()).token?.accessToken).toBe("a1");
    await redeem();
    const asked = [document, openid].slice(0, answers.length);
    expect(seen()).toEqual([document, "/old", ...asked, "/old", document, "/new"]);
  });

  test("but a document that now names an endpoint of another origin is rejected, and no grant is sent", async () => {
    const { redeem, clock, seen } = open(at("/old"), token, at("/token", "https://evil.example"), missing);
    await redeem();
    clock.jump(hour);
    expect(await failureOf(redeem())).toMatchObject({ code: "provider.misconfigured", grantUnused: true });
    expect(seen()).toEqual([document, "/old", document, openid]);
  });
});
