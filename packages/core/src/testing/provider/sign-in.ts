import type { ErrorCode } from "../../base/errors.ts";
import type { DeviceCode } from "../../contracts/device-code.ts";
import type { PollResult } from "../../contracts/provider.ts";
import { ensure, ensureEqual } from "../ensure.ts";
import type { Answer } from "../scripted-fetch.ts";
import { createEcho, ensureCode, truncated } from "./answers.ts";
import type { ProviderCase, ProviderTestContext } from "./case.ts";
import { ensureDeviceCode, ensurePollResult } from "./shapes.ts";

/** The device code (RFC 8628 §3.2) that the provider under test is polled with. */
export const polledCode = (secrets: readonly string[]): DeviceCode => ({
  deviceCode: secrets[0] ?? "planted-device-code-1",
  userCode: "WDJB-MJHT",
  verificationUri: "https://example.org/device",
  lifetime: 900_000,
});

const ENDINGS: readonly (readonly [error: string, codes: readonly ErrorCode[]])[] = [
  ["access_denied", ["device.denied"]],
  ["expired_token", ["device.expired"]],
  ["invalid_grant", ["device.unknown"]],
  [
    "a_word_of_the_future",
    ["provider.malformed", "provider.misconfigured", "provider.forbidden", "provider.client_not_allowed"],
  ],
];

/** The codes after which the flow continues. */
const PASSING: readonly ErrorCode[] = ["provider.unavailable", "provider.rate_limited"];

const poll = ({ provider, options, call }: ProviderTestContext): Promise<PollResult> =>
  provider.pollDeviceCode(polledCode(options.secrets), call);

/** Some services answer 200 where RFC 8628 §3.5 requires 400. */
const STATUSES = [200, 400];

export const signInCases: readonly ProviderCase[] = [
  {
    name: "a device code is one request, in our words and milliseconds",
    check: async (createContext) => {
      const { options } = createContext();
      const { provider, call, requests } = createContext(options.deviceCode);
      ensureDeviceCode(await provider.requestDeviceCode(call));
      ensureEqual(requests.length, 1, "the number of requests");
    },
  },
  {
    name: "a missing device code is an error with a hint",
    check: async (createContext) => {
      const { options } = createContext();
      const echo = createEcho(options.secrets);
      const cases: readonly (readonly [Answer, readonly ErrorCode[]])[] = [
        [{ text: echo.html }, ["provider.malformed", "provider.unavailable"]],
        [{ text: "" }, ["provider.malformed", "provider.unavailable"]],
        [{ json: {} }, ["provider.malformed", "provider.misconfigured"]],
        [truncated(options.deviceCode), ["provider.malformed", "provider.unavailable"]],
        [{ status: 400, json: { ...echo.json, error: "unauthorized_client" } }, ["provider.misconfigured"]],
        [{ status: 429, headers: { "retry-after": "30" }, text: echo.text }, ["provider.rate_limited"]],
        [{ status: 502, text: echo.html }, ["provider.unavailable"]],
        [{ error: "ECONNREFUSED" }, ["provider.unavailable"]],
        [{ error: "ECONNRESET" }, ["provider.unavailable"]],
      ];
      for (const [answer, codes] of cases) {
        const { provider, call, errorOf } = createContext(answer);
        const what = `a device code from ${JSON.stringify(answer).slice(0, 80)}`;
        ensureCode(await errorOf(provider.requestDeviceCode(call), what), codes, what);
      }
    },
  },
  ...STATUSES.map(
    (status): ProviderCase => ({
      name: `a poll reads the error in the body for status ${status}`,
      check: async (createContext) => {
        const { options } = createContext();
        const { pollError = (error) => ({ error }) } = options;
        const answer = (error: string, more = {}): Answer => ({
          status,
          json: { ...createEcho(options.secrets).json, ...pollError(error), ...more },
        });
        ensureEqual(
          await poll(createContext(answer("authorization_pending"))),
          { status: "pending" },
          "pending",
        );
        ensureEqual(await poll(createContext(answer("slow_down"))), { status: "slow_down" }, "slow_down");
        const slower = await poll(createContext(answer("slow_down", { interval: 12 })));
        ensureEqual(slower, { status: "slow_down", interval: 12_000 }, "slow_down with an interval");
        for (const [error, codes] of ENDINGS) {
          const made = createContext(answer(error));
          ensureCode(await made.errorOf(poll(made), error), codes, error);
        }
      },
    }),
  ),
  {
    name: "a poll after the approval brings a grant of plain JSON, by one request",
    check: async (createContext) => {
      const made = createContext(createContext().options.granted);
      const result = await poll(made);
      ensurePollResult(result);
      ensureEqual(result.status, "granted", "the poll");
      ensureEqual(made.requests.length, 1, "the number of requests");
    },
  },
  {
    name: "a poll that the service did not understand decides nothing",
    check: async (createContext) => {
      const { options } = createContext();
      const echo = createEcho(options.secrets);
      const answers: readonly Answer[] = [
        { text: echo.html },
        { text: "" },
        { text: '{"error":"authoriz' },
        truncated(options.granted),
        { status: 302, headers: { location: "https://elsewhere.example/" }, text: "" },
        { status: 408, text: echo.text },
        { status: 500, text: echo.html },
        { status: 503, json: { ...echo.json } },
        { error: "ECONNREFUSED" },
        { error: "ECONNRESET" },
      ];
      for (const answer of answers) {
        const made = createContext(answer);
        const what = `a poll's ${JSON.stringify(answer).slice(0, 80)}`;
        ensureCode(await made.errorOf(poll(made), what), PASSING, what);
        ensureEqual(made.requests.length, 1, "the number of requests");
      }
      const made = createContext({ status: 429, headers: { "retry-after": "30" }, text: echo.text });
      const error = ensureCode(await made.errorOf(poll(made), "a 429"), PASSING, "a 429");
      ensureEqual(error.retryAfter, 30_000, "its retryAfter");
    },
  },
  {
    name: "an error code of the service that echoes a secret is not shown",
    check: async (createContext) => {
      const { options } = createContext();
      for (const status of [200, 400, 401, 403]) {
        for (const error of options.secrets) {
          const polled = createContext({ status, json: { error } });
          await polled.errorOf(poll(polled), "a poll that echoes a secret");
          const redeemed = createContext({ status, json: { error, code: error, message: error } });
          const { provider, call } = redeemed;
          await redeemed.ensureSecrecy(
            provider.redeem(options.grant, call),
            "a redemption that echoes a secret",
          );
          const asked = createContext({ status, json: { error } });
          await asked.errorOf(
            asked.provider.requestDeviceCode(asked.call),
            "a device code that echoes a secret",
          );
        }
      }
    },
  },
  {
    name: "a caller's abort ends a request with its own reason, and an earlier abort sends nothing",
    check: async (createContext) => {
      const reason = new Error("enough");
      const early = createContext({ hang: true });
      const call = { ...early.call, signal: AbortSignal.abort(reason) };
      ensure(
        (await early.errorOf(early.provider.requestDeviceCode(call), "an abort")) === reason,
        "the reason is kept",
      );
      ensureEqual(early.requests.length, 0, "the number of requests");

      const { provider, call: running, options, errorOf, clock } = createContext({ hang: true });
      const controller = new AbortController();
      const polled = provider.pollDeviceCode(polledCode(options.secrets), {
        ...running,
        signal: controller.signal,
      });
      const [seen] = await Promise.all([
        errorOf(polled, "an abort"),
        clock.settle().then(() => controller.abort(reason)),
      ]);
      ensure(seen === reason, "the reason is kept");
    },
  },
];
