import type { InProcessContext } from "@tokenflow/conformance/vitest";

/** Mistakes that real clients make. */
export const MISTAKES = [
  "polls at once",
  "ignores the interval",
  "takes 1 second for the default",
  "counts from the request",
  "polls by a timer",
  "ignores slow_down",
  "slows down for one wait",
  "slows down once",
  "ignores a new interval",
  "cuts fractions off",
  "does not wait an interval of text",
  "spins at interval zero",
  "polls after success",
  "polls after a denial",
  "polls an expired code",
  "ignores the deadline",
  "starts again by itself",
  "goes on at unknown errors",
  "wants status 400",
  "believes status 200",
  "accepts a missing device code",
  "stops at a reset",
  "stops at 502",
  "stops at HTML",
  "has no time limit",
  "does not back off",
  "follows redirects",
  "ignores Retry-After",
  "reads without end",
  "hides the code",
  "hides the code behind a complete address",
  "drops the scope",
  "sends JSON",
  "compares token_type with case",
  "requires expires_in",
  "adds text to a number",
  "refreshes what has no lifetime",
  "keeps the first refresh token",
  "drops the refresh token if none comes",
  "refreshes for every caller",
  "refreshes at every call",
  "sends a refused refresh token again",
  "signs out when the server is down",
  "takes any 4xx for a refusal",
  "refreshes at every 401",
  "never refreshes at 401",
  "reads times by the server's clock",
  "keeps the session at sign-out",
  "does not revoke",
  "hangs at sign-out",
  "removes the refresh token before it asks",
  "prints undefined",
  "refuses fewer scopes",
  "refuses unknown members",
  "polls after a refused device request",
  "counts seconds in 32 bits",
  "reads whole numbers only",
  "refreshes until a token lives",
  "says nothing at the end",
  "succeeds without a token",
  "hides the address",
  "refuses a lifetime of text",
  "asks an address of its own",
  "refreshes early and then insists",
  "wants a new sign-in when a token has run out",
] as const;
export type Mistake = (typeof MISTAKES)[number];

export type Has = (mistake: Mistake) => boolean;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>>;
  /** False if the body was no JSON object. */
  readonly isJson: boolean;
  /** The server's clock, in ms since 1970. */
  readonly date: number;
}

const TIME_LIMIT = 10_000;
const MAX_BYTES = 2 ** 20;

export function field({ json }: Answer, name: string): string | undefined {
  const value = json[name];
  return typeof value === "string" ? value : undefined;
}

/** Posts a form, reads at most 1 MiB, and follows no redirect. Rejects if there was no whole answer. */
export async function send(
  { fetch }: InProcessContext,
  has: Has,
  url: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer> {
  const limit = new AbortController();
  const timer = has("has no time limit") ? undefined : setTimeout(() => limit.abort(), TIME_LIMIT);
  try {
    const json = has("sends JSON");
    const response = await fetch(url, {
      method: "POST",
      body: json ? JSON.stringify(fields) : new URLSearchParams(fields),
      headers: { accept: "application/json", ...(json ? { "content-type": "application/json" } : {}) },
      redirect: has("follows redirects") ? "follow" : "manual",
      signal: limit.signal,
    });
    const { status, headers } = response;
    const text = await readText(response, has("reads without end") ? Number.POSITIVE_INFINITY : MAX_BYTES);
    const body = parse(text);
    return { status, headers, json: body ?? {}, isJson: !!body, date: Date.parse(headers.get("date") ?? "") };
  } finally {
    clearTimeout(timer);
  }
}

async function readText({ body }: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > most) throw new Error("The answer is too large");
  }
  return text;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
