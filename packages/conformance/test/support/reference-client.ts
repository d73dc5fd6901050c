import type { InProcessClient, InProcessContext } from "@tokenflow/conformance/vitest";
import { type Answer, field, type Has, type Mistake, send } from "./reference-http.ts";
import { pollUntilDecided } from "./reference-polling.ts";

/** A session as the reference client stores it. */
interface Session {
  accessToken: string;
  refreshToken: string | undefined;
  /** By the clock of `Date.now()`. `undefined`: until it is refused. */
  endsAt: number | undefined;
  /** The refresh token that the server has refused. */
  refused: string | undefined;
  /** No refresh before this moment, after the API refused a new token. */
  quietUntil: number;
}

const LATE = 500;

/** Makes a client that passes every scenario of its kind, but for these mistakes. */
export function createReferenceClient(mistakes: readonly Mistake[] = []): InProcessClient {
  const has: Has = (mistake) => mistakes.includes(mistake);
  const sessionOf = ({ state }: InProcessContext): Session => {
    const session = state.get("session");
    if (!session) throw new Error("Not signed in");
    return session as Session;
  };

  const keep = (context: InProcessContext, answer: Answer, old?: Session): Session => {
    const accessToken = field(answer, "access_token");
    if (!accessToken && !has("prints undefined")) throw new Error("The answer has no access token");
    const { expires_in: lifetime, token_type: type, refresh_token: next } = answer.json;
    if (has("compares token_type with case") && type !== "Bearer")
      throw new Error(`Token type ${String(type)}`);
    if (has("refuses fewer scopes") && answer.json["scope"] !== context.scope)
      throw new Error("Too few scopes");
    if (has("refuses unknown members") && "foci" in answer.json) throw new Error("Unknown member foci");
    if (has("refuses a lifetime of text") && typeof lifetime === "string")
      throw new Error("expires_in is text");
    if (has("requires expires_in") && lifetime === undefined) throw new Error("No expires_in");
    const start = has("reads times by the server's clock") ? answer.date : Date.now();
    const seconds = readLifetime(lifetime, has);
    const kept = has("keeps the first refresh token")
      ? (old?.refreshToken ?? next)
      : (next ?? old?.refreshToken);
    const session: Session = {
      accessToken: accessToken ?? "undefined",
      refreshToken: (has("drops the refresh token if none comes") ? next : kept) as string | undefined,
      endsAt: lifetime === undefined ? undefined : start + seconds * 1000,
      refused: undefined,
      quietUntil: 0,
    };
    context.state.set("session", session);
    return session;
  };

  const redeem = async (context: InProcessContext): Promise<Session> => {
    const session = sessionOf(context);
    const { refreshToken } = session;
    if (!refreshToken) throw new Error("Sign in again");
    if (session.refused === refreshToken) throw new Error("Sign in again");
    if (has("removes the refresh token before it asks")) session.refreshToken = undefined;
    const answer = await send(context, has, context.tokenEndpoint, {
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      client_id: context.clientId,
    });
    if (answer.status === 200) return keep(context, answer, session);
    const isRefusal = field(answer, "error") === "invalid_grant";
    if (isRefusal && !has("sends a refused refresh token again")) session.refused = refreshToken;
    const isOver =
      answer.status >= 500 ? has("signs out when the server is down") : has("takes any 4xx for a refusal");
    if (isOver && !isRefusal) context.state.delete("session");
    throw new Error(`The refresh was answered ${answer.status}`);
  };

  /** One refresh for all who ask at the same time. */
  const refresh = (context: InProcessContext): Promise<Session> => {
    const { state } = context;
    const running = state.get("refresh") as Promise<Session> | undefined;
    if (running && !has("refreshes for every caller")) return running;
    const begun = redeem(context).finally(() => state.delete("refresh"));
    state.set("refresh", begun);
    return begun;
  };

  const token = async (context: InProcessContext): Promise<string> => {
    const { endsAt, accessToken } = sessionOf(context);
    const early = has("refreshes early and then insists") ? 5000 : LATE;
    const isOver =
      endsAt === undefined ? has("refreshes what has no lifetime") : !(Date.now() < endsAt - early);
    if (isOver && has("wants a new sign-in when a token has run out")) throw new Error("Sign in again");
    if (isOver || has("refreshes at every call")) return (await refresh(context)).accessToken;
    return accessToken;
  };

  return {
    async signIn(context) {
      if (has("asks an address of its own")) await context.fetch(`${context.issuer}/telemetry`);
      const decided = await pollUntilDecided(context, has).catch((error: unknown) => {
        if (has("succeeds without a token")) return String(error);
        throw error;
      });
      if (typeof decided === "string") return decided;
      let session = keep(context, decided);
      while (
        has("refreshes until a token lives") &&
        (session.endsAt ?? Number.POSITIVE_INFINITY) <= Date.now()
      ) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        session = await redeem(context);
      }
      return session.accessToken;
    },
    token,
    callers: (context) => Promise.all(Array.from({ length: 16 }, () => token(context))),
    async request(context) {
      const call = async (bearer: string): Promise<number> =>
        (await context.fetch(context.apiUrl, { headers: { authorization: `Bearer ${bearer}` } })).status;
      if ((await call(await token(context))) === 200) return;
      const session = sessionOf(context);
      const mayRefresh = Date.now() >= session.quietUntil || has("refreshes at every 401");
      if (mayRefresh && !has("never refreshes at 401")) {
        const next = await refresh(context);
        if ((await call(next.accessToken)) === 200) return;
        next.quietUntil = Date.now() + 30_000;
      }
      throw new Error("The API refuses the token");
    },
    async signOut(context) {
      const { refreshToken = "" } = sessionOf(context);
      if (!has("keeps the session at sign-out")) context.state.delete("session");
      if (has("does not revoke")) return;
      const fields = { token: refreshToken, client_id: context.clientId };
      const until = (await send(context, has, context.revocationEndpoint, fields).catch(() => undefined))
        ?.status;
      while (until !== 200 && has("hangs at sign-out"))
        await new Promise((resolve) => setTimeout(resolve, 1000));
    },
  };
}

function readLifetime(stated: unknown, has: Has): number {
  if (typeof stated === "string" && has("adds text to a number")) return Number.NaN;
  if (has("reads whole numbers only") && !Number.isInteger(Number(stated))) return Number.NaN;
  return has("counts seconds in 32 bits") ? Number(stated) | 0 : Number(stated);
}
