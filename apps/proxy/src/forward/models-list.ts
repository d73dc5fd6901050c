import { type TokenManager, withToken } from "@tokenflow/core";
import { createHttp, isJsonObject, type JsonObject, withoutTrailingSlash } from "@tokenflow/core/provider";
import type { ProxySession } from "../routing/route.ts";
import { requireUpstream, requireUpstreamPath } from "../routing/upstream.ts";

/** The timeout for one upstream, in milliseconds. After it, the list contains only the others' models. */
const UPSTREAM_TIMEOUT = 10_000;

const http = createHttp();

/**
 * Returns the models of all sessions in one list, with entries as their upstreams wrote them. Models of the first
 * session keep their names; the others get their provider as a prefix (`hyper/kimi-k2.5`).
 * @returns `undefined` if no upstream returned a list
 */
export async function listModels(
  sessions: readonly ProxySession[],
  signal: AbortSignal,
): Promise<object | undefined> {
  const [first] = sessions;
  const idOf = ({ manager }: ProxySession): string => manager.provider.id;
  const distinct = sessions.filter(
    (session, index) => sessions.findIndex((other) => idOf(other) === idOf(session)) === index,
  );
  const lists = await Promise.all(
    distinct.map(async ({ manager }) => {
      const entries = await readEntries(manager, signal).catch(() => undefined);
      const prefix = manager.provider.id === first?.manager.provider.id ? "" : `${manager.provider.id}/`;
      return entries?.map((entry) => ({ ...entry, id: prefix + entry.id }));
    }),
  );
  signal.throwIfAborted();
  const data = lists.filter((list) => list !== undefined);
  return data.length === 0 ? undefined : { object: "list", data: data.flat() };
}

async function readEntries(manager: TokenManager, signal: AbortSignal): Promise<readonly Entry[]> {
  const upstream = requireUpstream(manager.provider);
  const path = requireUpstreamPath(manager.provider, "/models");
  const limited = AbortSignal.any([signal, AbortSignal.timeout(UPSTREAM_TIMEOUT)]);
  const response = await withToken(
    manager,
    async (token) => {
      const value = await http({
        method: "GET",
        url: withoutTrailingSlash(upstream.address(token)) + path,
        headers: { ...upstream.headers({ path, headers: {} }, token), authorization: token.authorization },
        signal: limited,
      });
      const answer = { ...value, body: value.text, token };
      return { isTokenRejected: upstream.isTokenRejected(answer), answer, value };
    },
    { signal: limited },
  );
  const data = isJsonObject(response.json) ? response.json["data"] : undefined;
  if (response.status !== 200 || !Array.isArray(data))
    throw new Error(`${manager.provider.id} returned no list of models`);
  return data.filter(isEntry);
}

type Entry = JsonObject & { readonly id: string };

function isEntry(value: unknown): value is Entry {
  return isJsonObject(value) && typeof value["id"] === "string";
}
