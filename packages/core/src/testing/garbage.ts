import type { Answer } from "./scripted-fetch.ts";

/** What a body may hold where something else was expected. */
const WRONG: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  "",
  "x",
  "12",
  "\u0000\n",
  [],
  [null, 1, "x"],
  {},
  { a: { b: [] } },
];
const STATUSES = [200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 503];
const WORDS = [
  "access_token",
  "refresh_token",
  "token",
  "token_type",
  "scope",
  "expires_in",
  "expires_at",
  "refresh_in",
  "error",
  "error_description",
  "error_details",
  "message",
  "code",
  "interval",
  "device_code",
  "user_code",
  "verification_uri",
  "endpoints",
  "api",
  "data",
  "models",
  "id",
  "login",
  "active",
  "balance",
  "quota_snapshots",
];

export interface GarbageOptions {
  /** How many random bodies. @default 100 */
  readonly count?: number | undefined;
  /** @default 1 */
  readonly seed?: number | undefined;
}

/**
 * Answers that no service should give: each field of the good ones with each wrong type or missing, each of
 * them cut, and random JSON made of the words of these protocols. The same for every run of one seed.
 */
export function* garbage(
  good: readonly Answer[],
  { count = 100, seed = 1 }: GarbageOptions = {},
): Generator<Answer> {
  const random = createRandom(seed);
  for (const answer of good) yield* distort(answer, random);
  for (let made = 0; made < count; made += 1) {
    const status = random.pick(STATUSES);
    const text = JSON.stringify(randomJson(random, 0));
    yield {
      status,
      text: random.next() < 0.8 ? text : text.slice(0, Math.floor(random.next() * text.length)),
    };
  }
}

function* distort(answer: Answer, random: Random): Generator<Answer> {
  if (typeof answer === "function" || !("json" in answer)) return;
  const { json, status, headers } = answer;
  if (typeof json !== "object" || json === null) return;
  for (const name of Object.keys(json)) {
    for (const wrong of [undefined, ...WRONG]) yield { status, headers, json: { ...json, [name]: wrong } };
  }
  const text = JSON.stringify(json);
  for (let cut = 0; cut < 20; cut += 1) {
    yield { status, headers, text: text.slice(0, Math.floor(random.next() * text.length)) };
  }
}

interface Random {
  /** From 0 up to, but not including, 1. */
  next(): number;
  pick<T>(from: readonly T[]): T;
}

function randomJson(random: Random, depth: number): unknown {
  const kind = random.next();
  if (depth > 3 || kind < 0.3) return random.pick(WRONG);
  const length = Math.floor(random.next() * 6);
  const entries = Array.from({ length }, () => [random.pick(WORDS), randomJson(random, depth + 1)] as const);
  return kind < 0.4 ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

/** mulberry32 */
function createRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    pick: (from) => {
      const picked = from[Math.floor(next() * from.length)];
      if (picked === undefined) throw new RangeError("Nothing to pick from");
      return picked;
    },
  };
}
