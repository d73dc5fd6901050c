import { type TokenManager, withToken } from "@tokenflow/core";
import { createHttp, isJsonObject, type JsonObject } from "@tokenflow/core/provider";
import type { ProxySession } from "../routing/route.ts";
import { requireUpstream, requireUpstreamPath } from "../routing/upstream.ts";
import type { RateLimitBackoff } from "./rate-limit-backoff.ts";

/** How long one upstream is waited for, in milliseconds; the others' models are told without it. */
const ANSWER_TIMEOUT = 10_000;

const http = createHttp();

/**
 * The models of all sessions in one list, entries as their upstreams wrote them: those of the first session
 * by their names, the others' behind their provider's (`hyper/kimi-k2.5`).
 * @returns `undefined` where nobody could tell
 */
export async function listModels(
  sessions: readonly ProxySession[],
  pauses: RateLimitBackoff,
  signal: AbortSignal,
): Promise<object | undefined> {
  const [first] = sessions;
  const idOf = ({ manager }: ProxySession): string => manager.provider.id;
  const distinct = sessions.filter(
    (session, index) => sessions.findIndex((other) => idOf(other) === idOf(session)) === index,
  );
  const lists = await Promise.all(
    distinct.map(async ({ manager }) => {
      if (pauses.until(manager) !== undefined) return undefined;
      const entries = await readEntries(manager, pauses, signal).catch(() => undefined);
      const prefix = manager.provider.id === first?.manager.provider.id ? "" : `${manager.provider.id}/`;
      return entries?.map((entry) => ({ ...entry, id: prefix + entry.id }));
    }),
  );
  signal.throwIfAborted();
  const data = lists.filter((list) => list !== undefined);
  return data.length === 0 ? undefined : { object: "list", data: data.flat() };
}

async function readEntries(
  manager: TokenManager,
  pauses: RateLimitBackoff,
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const upstream = requireUpstream(manager.provider);
  const path = requireUpstreamPath(manager.provider, "/models");
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT)]);
  const answer = await withToken(
    manager,
    async (token) => {
      const value = await http({
        method: "GET",
        url: upstream.address(token).replace(/\/+$/, "") + path,
        headers: { ...upstream.headers({ path, headers: {} }), authorization: token.authorization },
        signal: limited,
      });
      pauses.record(manager, value.status, value.headers.get("retry-after"));
      return { isTokenRejected: upstream.isTokenRejected({ ...value, body: value.text }), value };
    },
    { signal: limited },
  );
  const data = isJsonObject(answer.json) ? answer.json["data"] : undefined;
  if (answer.status !== 200 || !Array.isArray(data)) throw new Error(`${manager.provider.id} has no list`);
  return data.filter(isEntry);
}

type Entry = JsonObject & { readonly id: string };

function isEntry(value: unknown): value is Entry {
  return isJsonObject(value) && typeof value["id"] === "string";
}
