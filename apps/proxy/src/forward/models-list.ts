import { TokenFlowError, type TokenManager, withToken } from "@tokenflow/core";
import { createHttp, isJsonObject, withoutTrailingSlash } from "@tokenflow/core/provider";
import type { ListedModel } from "../answers/models-document.ts";
import type { ProxySession } from "../routing/route.ts";
import { requireUpstream, requireUpstreamPath } from "../routing/upstream.ts";

/** The timeout for one upstream, in milliseconds. After it, the list contains only the others' models. */
const UPSTREAM_TIMEOUT = 10_000;

const http = createHttp();

/**
 * Returns the models of all sessions, with entries as their upstreams wrote them. Models of the first session keep
 * their names; the others get their provider as a prefix (`hyper/kimi-k2.5`).
 * @throws why the only upstream returned no list; with several, their failures leave their models out
 */
export async function listModels(
  sessions: readonly ProxySession[],
  signal: AbortSignal,
): Promise<readonly ListedModel[]> {
  const [first] = sessions;
  const idOf = ({ manager }: ProxySession): string => manager.provider.id;
  const distinct = sessions.filter(
    (session, index) => sessions.findIndex((other) => idOf(other) === idOf(session)) === index,
  );
  const lists = await Promise.allSettled(
    distinct.map(async ({ manager }) => {
      const models = await readModels(manager, signal);
      const prefix = manager.provider.id === first?.manager.provider.id ? "" : `${manager.provider.id}/`;
      return models.map((model) => ({ ...model, entry: { ...model.entry, id: prefix + model.entry.id } }));
    }),
  );
  signal.throwIfAborted();
  const [failed] = lists;
  if (failed?.status === "rejected" && lists.every(({ status }) => status === "rejected"))
    throw failed.reason;
  return lists.flatMap((list) => (list.status === "fulfilled" ? list.value : []));
}

async function readModels(manager: TokenManager, signal: AbortSignal): Promise<readonly ListedModel[]> {
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
  if (response.status !== 200 || !Array.isArray(data)) {
    throw new TokenFlowError(
      "provider.unavailable",
      `${manager.provider.name} returned no list of models (${response.status})`,
      { status: response.status, hint: "Try again in a moment." },
    );
  }
  const messages = upstream.paths?.["/messages"] ?? "/messages";
  return data.filter(isEntry).map((entry) => {
    const { supported_endpoints: endpoints } = entry;
    return { entry, servesMessages: !Array.isArray(endpoints) || endpoints.includes(messages) };
  });
}

function isEntry(value: unknown): value is ListedModel["entry"] {
  return isJsonObject(value) && typeof value["id"] === "string";
}
