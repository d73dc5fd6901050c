import type { ErrorCode } from "@tokenflow/core";
import { describe, test } from "vitest";
import { GRANTED, PENDING, type PollAnswer, pollThrough } from "../support/poll-through.ts";

const says = (error: string, status: number): PollAnswer => ({ status, json: { error } });
const NEXT = 12_000;
const DOUBLED = 18_000;

describe("polling continues at the same pace after", () => {
  const understood: Readonly<Record<string, PollAnswer>> = {
    "GitHub's pending, which is a 200": says("authorization_pending", 200),
    "RFC 8628's pending, which is a 400": says("authorization_pending", 400),
    "a pending that some gateway made a 500": says("authorization_pending", 500),
    "a pending that some gateway made a 429": says("authorization_pending", 429),
  };
  for (const [name, answer] of Object.entries(understood)) {
    test(name, () =>
      pollThrough({ name, answers: [answer, GRANTED], polls: [6_000, NEXT], ends: "granted" }),
    );
  }
});

describe("polling backs off and continues after", () => {
  const transient: Readonly<Record<string, PollAnswer>> = {
    "a 408": { status: 408 },
    "a 425": { status: 425 },
    "a 429 without a code": { status: 429, text: "slow down, please" },
    "a 500": { status: 500, json: { error: "server_error" } },
    "a 502 of HTML": { status: 502, text: "<html>" },
    "a 503": { status: 503 },
    "a 504": { status: 504 },
    "a captive portal's redirect": { status: 302, headers: { location: "https://portal.example.org/" } },
    "a captive portal's page": { status: 200, text: "<html>Welcome to our hotel" },
    "a 200 without a body": { status: 200, text: "" },
    "a 200 of cut JSON": { status: 200, text: '{"refresh_token":"gra' },
    "a 200 of a JSON list": { status: 200, json: ["authorization_pending"] },
    "a 200 of the JSON null": { status: 200, text: "null" },
    "a 200 of more than 1 MiB": { status: 200, text: `{"refresh_token":"${"x".repeat(2 ** 20)}"}` },
    "a 502 of more than 1 MiB": { status: 502, text: "x".repeat(2 ** 20 + 1) },
    "a refused connection": { error: "ECONNREFUSED" },
    "a name that was not found": { error: "ENOTFOUND" },
    "a reset": { error: "ECONNRESET" },
    "a socket that was closed": { error: "UND_ERR_SOCKET" },
    "a certificate of somebody else": { error: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  };
  for (const [name, answer] of Object.entries(transient)) {
    test(name, () =>
      pollThrough({ name, answers: [answer, GRANTED], polls: [6_000, DOUBLED], ends: "granted" }),
    );
  }
});

describe("polling ends at the third answer in a row that is none of OAuth:", () => {
  const page: PollAnswer = { status: 200, text: "<html>Welcome to our hotel" };
  const away: PollAnswer = { status: 302, headers: { location: "https://portal.example.org/" } };
  const polls = [6_000, DOUBLED, 42_000];
  test("pages and redirects", () =>
    pollThrough({ name: "pages", answers: [page, away, page], polls, ends: "provider.malformed" }));

  for (const word of ["temporarily_unavailable", "rate_limited"]) {
    test(`but not the service's own ${word}, which is a 200 for some`, () =>
      pollThrough({
        name: word,
        answers: [says(word, 200), says(word, 200), says(word, 200), says(word, 200), GRANTED],
        polls: [6_000, DOUBLED, 42_000, 90_000, 150_000],
        ends: "granted",
      }));
  }

  test("but not with another answer between them", () =>
    pollThrough({
      name: "pages between",
      answers: [page, page, PENDING, page, page, { status: 503 }, page, GRANTED],
      polls: [6_000, DOUBLED, 42_000, 48_000, 60_000, 84_000, 132_000, 192_000],
      ends: "granted",
    }));
});

describe("polling ends with", () => {
  const terminal: readonly (readonly [name: string, answer: PollAnswer, ends: ErrorCode])[] = [
    ["polls for ever after `access_denied`: a 400", says("access_denied", 400), "device.denied"],
    ["GitHub's denial, a 200", says("access_denied", 200), "device.denied"],
    ["a denial behind a 500", says("access_denied", 500), "device.denied"],
    ["polls for ever after `expired_token`: a 400", says("expired_token", 400), "device.expired"],
    ["GitHub's end of a code, a 200", says("expired_token", 200), "device.expired"],
    ["a code that is not known", says("incorrect_device_code", 200), "device.unknown"],
    ["a code that was used up", says("invalid_grant", 400), "device.unknown"],
    ["a client that is not known", says("invalid_client", 401), "provider.misconfigured"],
    ["GitHub's word for that, a 200", says("incorrect_client_credentials", 200), "provider.misconfigured"],
    ["a flow that is switched off", says("device_flow_disabled", 200), "provider.misconfigured"],
    ["an error that nobody knows", says("teapot", 400), "provider.malformed"],
    ["an error that nobody knows, a 200", says("teapot", 200), "provider.malformed"],
    ["a 400 without a code", { status: 400, text: "no" }, "provider.malformed"],
    ["a 403 of HTML", { status: 403, text: "<html>" }, "provider.malformed"],
    ["a 404", { status: 404, json: { message: "Not Found" } }, "provider.malformed"],
    ["a 400 of more than 1 MiB", { status: 400, text: "x".repeat(2 ** 20 + 1) }, "provider.malformed"],
  ];
  for (const [name, answer, ends] of terminal) {
    test(name, () => pollThrough({ name, answers: [PENDING, answer], polls: [6_000, NEXT], ends }));
  }
});

describe("a code that is refused later", () => {
  const cases: readonly (readonly [name: string, before: PollAnswer, ends: ErrorCode])[] = [
    ["after a reset was lost with its answer", { error: "ECONNRESET" }, "device.unknown"],
    ["after a time-out was lost with its answer", { hang: true }, "device.unknown"],
    ["after a 504 was lost with its answer", { status: 504 }, "device.unknown"],
    ["after a request that never left has expired", { error: "ECONNREFUSED" }, "device.expired"],
    ["after a 429, which decides nothing, has expired", { status: 429 }, "device.expired"],
    ["after a pending answer has expired", PENDING, "device.expired"],
  ];
  for (const [name, before, ends] of cases) {
    const second = "hang" in before ? 48_000 : before === PENDING ? NEXT : DOUBLED;
    test(name, () =>
      pollThrough({ name, answers: [before, says("expired_token", 400)], polls: [6_000, second], ends }),
    );
  }
});
