import type { ErrorCode } from "../../base/errors.ts";
import type { DeviceCode } from "../../contracts/device-code.ts";
import type { PollResult } from "../../contracts/provider.ts";
import { ensure, ensureEqual } from "../ensure.ts";
import type { Answer } from "../scripted-fetch.ts";
import { createEcho, ensureCode, truncated } from "./answers.ts";
import type { PollError, ProviderCase, ProviderContractOptions, ProviderTestContext } from "./case.ts";
import { ensureDeviceCode, ensurePollResult } from "./shapes.ts";

/** The device code (RFC 8628 §3.2) that the provider under test is polled with. */
export const polledCode = (secrets: readonly string[]): DeviceCode => ({
  deviceCode: secrets[0] ?? "planted-device-code-1",
  userCode: "WDJB-MJHT",
  verificationUri: "https://example.org/device",
  lifetime: 900_000,
});

const ENDINGS: readonly (readonly [error: PollError, codes: readonly ErrorCode[]])[] = [
  ["access_denied", ["device.denied"]],
  ["expired_token", ["device.expired"]],
  ["invalid_grant", ["device.unknown"]],
  [
    "a_word_of_the_future",
    ["provider.malformed", "provider.misconfigured", "provider.forbidden", "provider.client_not_allowed"],
  ],
];

const ERRORS: readonly PollError[] = [
  "authorization_pending",
  "slow_down",
  ...ENDINGS.map(([error]) => error),
];

/** The codes after which the flow continues. */
const PASSING: readonly ErrorCode[] = ["provider.unavailable", "provider.rate_limited"];

const poll = ({ provider, options, call }: ProviderTestContext): Promise<PollResult> =>
  provider.pollDeviceCode(polledCode(options.secrets), call);

/** Some services answer 200 where RFC 8628 §3.5 requires 400. */
const STATUSES = [200, 400];

/** Returns the answers by which the service says an error, with a secret in every text of their bodies. */
function answersTo(error: PollError, options: ProviderContractOptions, more = {}): readonly Answer[] {
  const { pollError = (code) => ({ error: code }), pollAnswers, secrets } = options;
  const echo = createEcho(secrets).json;
  if (pollAnswers) return pollAnswers(error);
  return STATUSES.map((status) => ({ status, json: { ...echo, ...pollError(error), ...more } }));
}

const statusOf = (answer: Answer): number | undefined =>
  typeof answer === "object" && "status" in answer ? answer.status : undefined;

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
  {
    name: "a poll reads what the service says of it",
    check: async (createContext) => {
      const { options } = createContext();
      const pending = answersTo("authorization_pending", options);
      ensure(pending.length > 0, "the service says that the person has not decided yet");
      for (const answer of pending) {
        ensureEqual(await poll(createContext(answer)), { status: "pending" }, "pending");
      }
      for (const answer of answersTo("slow_down", options)) {
        const { status } = await poll(createContext(answer));
        ensureEqual(status, "slow_down", "slow_down");
      }
      for (const [error, codes] of ENDINGS) {
        for (const answer of answersTo(error, options)) {
          const made = createContext(answer);
          ensureCode(await made.errorOf(poll(made), error), codes, error);
        }
      }
    },
  },
  {
    name: "a poll that asks for another interval names it",
    check: async (createContext) => {
      const { options } = createContext();
      // A service that answers by its status alone has no place for it.
      if (options.pollAnswers) return;
      for (const answer of answersTo("slow_down", options)) {
        ensureEqual(await poll(createContext(answer)), { status: "slow_down" }, "slow_down");
      }
      for (const answer of answersTo("slow_down", options, { interval: 12 })) {
        const slower = { status: "slow_down", interval: 12_000 };
        ensureEqual(await poll(createContext(answer)), slower, "slow_down with an interval");
      }
    },
  },
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
      // The service itself may mean something by one of these statuses.
      const meant = new Set(ERRORS.flatMap((error) => options.pollAnswers?.(error) ?? []).map(statusOf));
      for (const answer of answers) {
        if (meant.has(statusOf(answer) ?? 0)) continue;
        const made = createContext(answer);
        const what = `a poll's ${JSON.stringify(answer).slice(0, 80)}`;
        ensureCode(await made.errorOf(poll(made), what), PASSING, what);
        ensureEqual(made.requests.length, 1, "the number of requests");
      }
      if (meant.has(429)) return;
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
