import { ok, strictEqual } from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { duplexPair } from "node:stream";
import { createTokenManager, isTokenFlowError } from "@tokenflow/core";
import {
  asHttpsUrl,
  asLabel,
  asMessage,
  asSeconds,
  asTimestamp,
  findDeviceCodeFault,
  type HttpAnswer,
  isRefusedGrant,
  parseJson,
  parseRetryAfter,
  readDeviceCode,
  readJwtClaims,
  readPollError,
  readServiceError,
  redeemError,
} from "@tokenflow/core/provider";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { createAuth } from "../../../../apps/proxy/src/access/auth.ts";
import { requireClearFraming } from "../../../../apps/proxy/src/access/framing.ts";
import { RequestError } from "../../../../apps/proxy/src/answers/request-error.ts";
import { createBodyBudget } from "../../../../apps/proxy/src/body/body-budget.ts";
import { readBody } from "../../../../apps/proxy/src/body/read-body.ts";
import { createUnpacker } from "../../../../apps/proxy/src/body/unpack.ts";
import {
  allowedRequestHeaders,
  visibleRequestHeaders,
} from "../../../../apps/proxy/src/forward/header-allowlist.ts";
import { findUsage } from "../../../../apps/proxy/src/observe/usage-members.ts";
import { findRoute } from "../../../../apps/proxy/src/routing/route.ts";
import { type Target, unlessRefused } from "../engine/target.ts";

const auth = createAuth([{ name: "test", secret: "key" }], ["https://app.example"]);
const sessions = [
  { manager: createTokenManager({ provider: createCopilotProvider(), staticToken: "token" }) },
];
const unpacker = createUnpacker();
const LIMIT = 16 * 1024;

/** Checks a request as the proxy does. @throws RequestError */
function check(request: IncomingMessage): void {
  requireClearFraming(request);
  auth.requireLocalCaller(request);
  auth.requireKey(request);
  const { path, query } = findRoute(request.method ?? "", request.url ?? "", sessions);
  ok(!/[\0-\x20\x7f%\\]|\/\.\.?(?:\/|$)/.test(path), `the path ${path}`);
  const { headers } = request;
  ok(!/^(?:.*&|\?)(?:(?:api|auth|access)[-_]?)?(?:key|token)=/i.test(query), `the query ${query}`);
  const sent = { ...visibleRequestHeaders(headers), ...allowedRequestHeaders(headers) };
  for (const name of Object.keys(sent)) ok(!/^(?:authorization|cookie|x-api-key)$/i.test(name), name);
}

const server = createServer();
// A caller may end what it sends before it reads.
Object.assign(server, { httpAllowHalfOpen: true });

const heads: Target = {
  name: "http-requests",
  seeds: [
    "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:4141\r\nAuthorization: Bearer key\r\n\r\n",
    'POST /v1/chat/completions?key=secret-key HTTP/1.1\r\nHost: localhost\r\nx-api-key: key\r\nContent-Length: 13\r\nContent-Type: application/json\r\n\r\n{"model":"a"}',
    "POST /copilot@work/v1/messages HTTP/1.1\r\nHost: [::1]:1\r\nOrigin: https://app.example\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer key\r\n\r\n2\r\n{}\r\n0\r\nx: y\r\n\r\n",
    "POST /v1/responses HTTP/1.0\r\nHost: a%41.example\r\nContent-Encoding: gzip, br\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
  ],
  words: [
    ...[
      "Host: ",
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: identity, chunked",
      "\r\n\r\n",
      "HTTP/1.0",
    ],
    ...[
      "Connection: upgrade",
      "Cookie: secret-key",
      "Authorization: Bearer secret-key",
      "/v1/",
      "/../",
      "%2e",
      "@",
      "[::1]",
      ":99999",
    ],
    ...["Content-Encoding: zstd", "Expect: 100-continue", "?api-key=secret-key", "?TOKEN=secret-key"],
  ],
  async run(bytes) {
    const budget = createBodyBudget(4 * LIMIT);
    const problems: unknown[] = [];
    const begun: Promise<void>[] = [];
    const options = { bodyLimit: LIMIT, budget, unpacker };
    const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      try {
        check(request);
        await readBody(request, response, { ...options, signal: gone.signal });
      } catch (error) {
        // The caller has left.
        const isGone = gone.signal.aborted && error instanceof Error;
        if (!(error instanceof RequestError) && !isGone) problems.push(error);
      }
      response.end();
    };
    const begin = (request: IncomingMessage, response: ServerResponse): void => {
      begun.push(onRequest(request, response));
    };
    server.on("request", begin);
    server.on("checkContinue", begin);
    const [near, far] = duplexPair();
    const closed = new Promise<void>((resolve) => near.once("close", resolve));
    near.on("error", () => undefined).resume();
    far.on("error", () => undefined);
    server.emit("connection", far);
    near.end(bytes);
    far.once("close", () => near.destroy());
    await closed;
    await Promise.all(begun);
    await new Promise((resolve) => setImmediate(resolve));
    server.removeAllListeners("request").removeAllListeners("checkContinue");
    if (problems.length > 0) throw problems[0];
    strictEqual(budget.used, 0, "bytes of a body are counted for ever");
  },
};

const ANSWERS: readonly string[] = [
  '{"device_code":"d","user_code":"A-B","verification_uri":"https://a.example/d","expires_in":900,"interval":5}',
  '{"error":"invalid_grant","error_description":"The token is gone","error_uri":"https://a.example"}',
  '{"error":{"code":"refresh_token_reused","message":"x"},"error_code":"y","suberror":"z"}',
  '"eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDAsImlhdCI6MTY5OTk5OTk5OX0.c2ln"',
  '"Wed, 21 Oct 2026 07:28:00 GMT"',
];

const answers: Target = {
  name: "service-answers",
  seeds: ANSWERS,
  words: [
    '"error":"',
    "authorization_pending",
    "slow_down",
    "login_required",
    '"expires_in":"9"',
    '"interval":-1',
    "https://u:p@a",
    ".e30.",
  ],
  run(bytes) {
    const text = Buffer.from(bytes).toString();
    const json = parseJson(text);
    for (const status of [200, 400, 401, 429, 503]) {
      const answer: HttpAnswer = { status, headers: new Headers(), text, json };
      const code = readDeviceCode(answer);
      if (code) {
        ok(/^https:|^http:\/\/(?:127|localhost|\[)/.test(code.verificationUri), code.verificationUri);
        ok(code.lifetime === undefined || code.lifetime > 0);
      }
      findDeviceCodeFault(answer);
      isRefusedGrant(answer);
      readServiceError(answer);
      unlessRefused(isTokenFlowError, () => readPollError(answer));
      redeemError(answer, "Test");
    }
    for (const value of [json, text]) {
      for (const shown of [asLabel(value), asMessage(value)]) ok(!/[\p{Cc}\p{Cf}]/u.test(shown ?? ""), shown);
      readJwtClaims(value);
      asHttpsUrl(value);
      asTimestamp(value);
      ok((asSeconds(value) ?? 1) > 0);
      if (typeof value === "string") {
        const wait = parseRetryAfter(value, 0);
        ok(wait === undefined || (wait >= 0 && wait <= 3_600_000), `${wait}`);
      }
    }
  },
};

const usage: Target = {
  name: "answer-usage",
  seeds: [
    '{"id":"1","choices":[{"message":{"content":"\\"usage\\":{"}}],"usage":{"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1}}}',
    'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":1,"cache_read_input_tokens":2}}}\n\ndata: {"type":"message_delta","usage":{"output_tokens":3}}\n\n',
    'data: {"type":"response.completed","response":{"usage":{"input_tokens":1,"output_tokens_details":{"reasoning_tokens":1}},"copilot_usage":{"total_nano_aiu":1000000}}}\n\n',
    'event: error\ndata: {"error":{}}\n\n',
  ],
  words: [
    '"usage":{',
    '"usage" : {',
    '"copilot_usage":{',
    '"input_tokens":1',
    "event: error\n",
    'data: {"type":"error"',
    '"usage":{"usage":{',
    "[[[",
    '\\"',
  ],
  run(bytes) {
    const text = Buffer.from(bytes).toString("latin1");
    for (const isEnd of [true, false]) {
      for (const figure of Object.values(findUsage(text, isEnd)))
        ok(typeof figure === "boolean" || Number.isFinite(figure), `${figure}`);
    }
  },
};

export const HTTP_READERS: readonly Target[] = [heads, answers, usage];
