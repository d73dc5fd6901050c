import { TokenFlowError, type TokenManager, withToken } from "@tokenflow/core";
import { createHttp, isJsonObject, withoutTrailingSlash } from "@tokenflow/core/provider";
import { dialectOfPath } from "@tokenflow/dialects";
import type { ListedModel } from "../answers/models-document.ts";
import type { ProxySession } from "../routing/route.ts";
import { requireUpstream, requireUpstreamPath } from "../routing/upstream.ts";

/** The timeout for one upstream, in milliseconds. After it, the list contains only the others' models. */
const UPSTREAM_TIMEOUT = 10_000;

/** An upstream that pages without an end is asked no more often. */
const MAX_PAGES = 50;
/** Parameters for this proxy alone: the caller's version, and a page of the list, which is always whole. */
const OWN = /^(?:client_version|limit|after|after_id|before|before_id|page|page_size|page_token)(?:=|$)/;

const http = createHttp();

/**
 * Returns all models of all sessions, whatever page the caller asked for, with entries as their upstreams wrote them. Models of the first session keep
 * their names; the others get their provider as a prefix (`hyper/kimi-k2.5`).
 * @throws why the only upstream returned no list; with several, their failures leave their models out
 */
export async function listModels(
  sessions: readonly ProxySession[],
  query: string,
  signal: AbortSignal,
): Promise<readonly ListedModel[]> {
  const [first] = sessions;
  const idOf = ({ manager }: ProxySession): string => manager.provider.id;
  const distinct = sessions.filter(
    (session, index) => sessions.findIndex((other) => idOf(other) === idOf(session)) === index,
  );
  const lists = await Promise.allSettled(
    distinct.map(async ({ manager }) => {
      const models = await readModels(manager, withoutOwn(query), signal);
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

async function readModels(
  manager: TokenManager,
  query: string,
  signal: AbortSignal,
): Promise<readonly ListedModel[]> {
  const timeout = AbortSignal.timeout(UPSTREAM_TIMEOUT);
  try {
    return await readPages(manager, query, AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (!timeout.aborted || signal.aborted) throw error;
    throw noList(manager, `within ${UPSTREAM_TIMEOUT / 1000} s`);
  }
}

async function readPages(
  manager: TokenManager,
  query: string,
  limited: AbortSignal,
): Promise<readonly ListedModel[]> {
  const models: ListedModel[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const after = cursor === undefined ? "" : `${query ? "&" : "?"}after_id=${encodeURIComponent(cursor)}`;
    const read = await readPage(manager, query + after, limited);
    models.push(...read.models);
    if (read.next === undefined || read.next === cursor) break;
    cursor = read.next;
  }
  return models;
}

interface Page {
  readonly models: readonly ListedModel[];
  /** The cursor of the next page; absent on the last one. */
  readonly next: string | undefined;
}

async function readPage(manager: TokenManager, query: string, limited: AbortSignal): Promise<Page> {
  const upstream = requireUpstream(manager.provider);
  const path = requireUpstreamPath(manager.provider, "/models");
  const response = await withToken(
    manager,
    async (token) => {
      const value = await http({
        method: "GET",
        url: withoutTrailingSlash(upstream.address(token)) + path + query,
        headers: { ...upstream.headers({ path, headers: {} }, token), authorization: token.authorization },
        signal: limited,
      });
      const answer = { ...value, body: value.text, token };
      return { isTokenRejected: upstream.isTokenRejected(answer), answer, value };
    },
    { signal: limited },
  );
  const { data, has_more: hasMore, last_id: lastId } = isJsonObject(response.json) ? response.json : {};
  if (response.status !== 200 || !Array.isArray(data)) {
    throw noList(manager, `(${response.status})`, response.status);
  }
  const messages = upstream.paths?.["/messages"] ?? "/messages";
  const models = data.filter(isEntry).map((entry) => {
    const { supported_endpoints: endpoints } = entry;
    const isListed = Array.isArray(endpoints);
    return {
      entry,
      servesMessages: !isListed || endpoints.includes(messages),
      translatesMessages: isListed && endpoints.some((path) => isDialectPath(path)),
    };
  });
  return { models, next: hasMore === true && typeof lastId === "string" ? lastId : undefined };
}

function noList({ provider }: TokenManager, why: string, status?: number): TokenFlowError {
  return new TokenFlowError("provider.unavailable", `${provider.name} returned no list of models ${why}`, {
    status,
    hint: "Try again in a moment.",
  });
}

function isDialectPath(path: unknown): boolean {
  return typeof path === "string" && dialectOfPath(path) !== undefined;
}

function withoutOwn(query: string): string {
  const kept = query.split(/[?&]/).filter((parameter) => parameter !== "" && !OWN.test(parameter));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

function isEntry(value: unknown): value is ListedModel["entry"] {
  return isJsonObject(value) && typeof value["id"] === "string";
}
