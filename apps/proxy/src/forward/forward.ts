import { networkProxyOf } from "@tokenflow/common/network";
import { type Attempt, needsSignIn, type Token, type TokenFlowError, withToken } from "@tokenflow/core";
import {
  createRequestTries,
  describePart,
  type Refusal,
  type RequestTries,
  type UpstreamAnswer,
} from "@tokenflow/core/provider";
import type { Dispatcher } from "undici";
import { errorEvent } from "../answers/dialect.ts";
import { readError } from "../answers/error-response.ts";
import { RequestError } from "../answers/request-error.ts";
import type { RequestBody } from "../body/request-body.ts";
import { errorCodeIn, interactionName } from "../observe/call-details.ts";
import { requireUpstream } from "../routing/upstream.ts";
import type { ForwardOptions } from "./forward-options.ts";
import { allowedRequestHeaders, visibleRequestHeaders } from "./header-allowlist.ts";
import type { BufferedRefusal } from "./inspection.ts";
import { LazyHead, readAnswer } from "./read-answer.ts";
import { readableError } from "./readable-error.ts";
import type { RepairAnswer } from "./repairing-writer.ts";
import { isJson } from "./response-writer.ts";
import { startSignIn } from "./start-sign-in.ts";
import { createTokenMask } from "./token-mask.ts";
import { upstreamUrl } from "./upstream-address.ts";
import { toUpstreamError } from "./upstream-error.ts";
import { passThrough } from "./upstream-response.ts";

/** The meaning of a buffered response: it rejects the token, or it refuses the request. */
type Verdict = { readonly rejection: UpstreamAnswer } | { readonly refusal: Refusal };

type Held = BufferedRefusal<Verdict>;

/**
 * Forwards one request to a session's upstream and its response to the caller. After a rejected token it retries
 * once with a new one, redeemed once for all requests; the caller gets the second response in any case. A request
 * that is refused because of a part that the upstream does not know is sent again without that part.
 */
export function forward(dispatcher: Dispatcher, options: ForwardOptions): Promise<void> {
  const attempt = prepareAttempts(dispatcher, options);
  return send(attempt, options).catch(async (error: unknown) => {
    if (!needsSignIn(error)) throw error;
    await startSignIn(options.manager, error, options.signal);
    await send(attempt, options);
  });
}

type SendAttempt = (token: Token) => Promise<Attempt<Held | undefined>>;

/** Prepares what all attempts of a request share. */
function prepareAttempts(dispatcher: Dispatcher, options: ForwardOptions): SendAttempt {
  const { manager, model, method, path, query, request, response, body, keepAlive, signal, observer } =
    options;
  const { id, learned, caller, notes, traceHeaders, translation, unpacker } = options;
  const upstream = requireUpstream(manager.provider);
  const own = allowedRequestHeaders(request.headers);
  const allowed = translation ? translation.headers(own) : own;
  // A body whose model was replaced is no longer compressed.
  if (body && body.encoding === undefined) delete allowed["content-encoding"];
  const visible = {
    path,
    headers: visibleRequestHeaders(request.headers),
    caller,
    ...(body ? { json: () => body.outline?.json } : {}),
  };

  const sendOnce = (
    token: Token,
    tries: RequestTries<RequestBody>,
    repair: RepairAnswer | undefined,
  ): Promise<Held | undefined> => {
    const { origin, host, pathname } = upstreamUrl(upstream, token);
    const explain = (error: unknown): TokenFlowError =>
      toUpstreamError(error, host, {
        headersSent: response.headersSent,
        proxy: networkProxyOf(dispatcher, origin),
      });
    const sent = tries.sent();
    const mask = createTokenMask(token.accessToken);
    let status = 0;
    let onBody: (chunk: Buffer) => void = () => undefined;
    notes.sent();
    observer.sent();
    const traced = traceHeaders ? { ...sent.headers, ...traceHeaders() } : sent.headers;
    return passThrough<Verdict>(dispatcher, {
      request: {
        origin,
        path: pathname + path + query,
        method,
        // The size of a body in pieces is not known to the client that sends them.
        headers: sent.body?.size ? { ...traced, "content-length": `${sent.body.size}` } : traced,
        body: sent.body?.payload() ?? null,
      },
      response,
      signal,
      mask,
      mayRejectInStream: upstream.mayRejectInStream === true,
      onHead(told, head) {
        status = told;
        observer.answered(told, head);
        notes.answered(told, isJson(head));
        onBody = notes.readUsage(head["content-encoding"], unpacker);
      },
      onBody: (chunk) => onBody(chunk),
      async inspect(head) {
        const answer = await readAnswer(head, token, options);
        const readable = readableError(head, answer.body, {
          dialect: options.dialect,
          service: manager.provider.name,
          mask,
        });
        if (upstream.isTokenRejected(answer)) return { ...readable, verdict: { rejection: answer } };
        if (head.status < 400) return { verdict: undefined };
        notes.add({ upstreamCode: errorCodeIn(answer.body) });
        const refusal = upstream.readRefusal?.(answer);
        observer.refused(head.status, head.headers, refusal);
        return { ...readable, verdict: refusal && { refusal } };
      },
      // Nothing is sent a second time from here on, and the answer may take minutes.
      onAccepted() {
        if (status < 400) tries.accepted();
        sent.body?.release();
        body?.release();
      },
      formatError: (error) => errorEvent(readError(explain(error)), request, id),
      keepAlive,
      repair,
      mustRepair: translation !== undefined,
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      const failure = explain(error);
      if (failure.grantUnused === true) notes.notReached();
      throw failure;
    });
  };

  return async (token) => {
    const { host } = upstreamUrl(upstream, token);
    const headers: Record<string, string> = {
      ...allowed,
      ...upstream.headers(visible, token),
      authorization: token.authorization,
    };
    const repair = upstream.repairAnswer?.(visible);
    const repaired: RepairAnswer | undefined =
      repair && ((status, head) => repair(new LazyHead(status, head)));
    const repairAnswer = translation ? translation.repair(repaired) : repaired;
    const { "x-initiator": initiator, "x-interaction-id": interaction } = headers;
    notes.add({ initiator, interaction: interaction && interactionName(interaction) });
    const tries = await createRequestTries({
      headers,
      body,
      host,
      model,
      learned,
      onLearned: ({ parts }) => observer.learned(host, parts),
    });
    for (;;) {
      const { without } = tries.sent();
      if (without.length > 0) notes.add({ without: without.map(describePart) });
      const held = await sendOnce(token, tries, repairAnswer);
      if (!held) return { isTokenRejected: false, value: undefined };
      if ("rejection" in held.verdict) {
        return { isTokenRejected: true, answer: held.verdict.rejection, value: held };
      }
      const { refusal } = held.verdict;
      if (refusal.message !== undefined) {
        held.discard();
        throw new RequestError("request.unsupported", refusal.message);
      }
      if (!(await tries.refused(refusal))) return { isTokenRejected: false, value: held };
      held.discard();
    }
  };
}

async function send(attempt: SendAttempt, { manager, signal }: ForwardOptions): Promise<void> {
  let attempts = 0;
  const held = await withToken(
    manager,
    (token) => {
      attempts += 1;
      return attempt(token);
    },
    { signal },
    (rejected) => rejected?.discard(),
  );
  if (!held) return;
  if (attempts === 1 && "rejection" in held.verdict) {
    // There is no new token. The reason for that helps the caller more than the upstream's rejection.
    await manager.getToken({ signal }).catch((error: unknown) => {
      held.discard();
      throw error;
    });
  }
  await held.replay();
}
