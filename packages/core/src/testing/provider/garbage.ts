import type { Answer } from "../scripted-fetch.ts";

/** Values that a body may hold in place of the expected ones. */
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
  "e30.é.x",
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

/** Bodies that cost far more to read than to send, or that two readers read differently. */
const BOMBS: readonly string[] = [
  "[".repeat(100_000) + "]".repeat(100_000),
  `${'{"error":'.repeat(50_000)}1${"}".repeat(50_000)}`,
  `{"access_token":${"[".repeat(2_000)}"x"${"]".repeat(2_000)}}`,
  `{"expires_in":${"9".repeat(500_000)},"interval":"${"9".repeat(200_000)}"}`,
  `{"message":"${" \\u200b".repeat(50_000)}","error_description":"${"a ".repeat(200_000)}"}`,
  `{${'"error":"invalid_grant","error":"slow_down",'.repeat(5_000)}"error":"x"}`,
  '{"__proto__":{"access_token":"a","error":"invalid_grant"},"constructor":{"prototype":{"status":200}}}',
];

/** Statuses in place of that of a good answer. */
const REFUSALS = [400, 401, 403];

/** How many random answers of each kind. */
const COUNT = 100;

/**
 * Returns answers that no service should give. Good answers are distorted: a wrong or missing value in each place at
 * any depth, several wrong values at once, and a cut text. Some cost a careless reader all of its stack. The rest is random JSON of the words of these protocols.
 * Every run uses the same answers.
 */
export function* garbage(good: readonly Answer[]): Generator<Parts> {
  const random = createRandom(1);
  const bodies = good.filter(hasJson);
  for (const { json, ...answer } of bodies) {
    for (const wrong of wrongBodies(json)) yield { ...answer, json: wrong };
  }
  for (let made = 0; bodies.length > 0 && made < COUNT; made += 1) {
    const { json, status = 200, headers } = random.pick(bodies);
    const text = JSON.stringify(spoilt(json, random));
    const said = random.pick([status, status, status, ...REFUSALS]);
    yield { status: said, headers, text: random.next() < 0.75 ? text : cut(text, random) };
  }
  for (const text of BOMBS) {
    for (const status of [200, 400, 503]) yield { status, text };
  }
  const words = [...new Set([...WORDS, ...bodies.flatMap(({ json }) => namesIn(json))])];
  for (let made = 0; made < COUNT; made += 1) {
    const text = JSON.stringify(randomJson(words, random, 0));
    yield { status: random.pick(STATUSES), text: random.next() < 0.8 ? text : cut(text, random) };
  }
}

/** An answer that consists of the parts of a response. */
export type Parts = Exclude<Answer, { error: string } | { hang: true } | ((...request: never) => unknown)>;

function hasJson(answer: Answer): answer is Parts {
  return typeof answer !== "function" && "json" in answer && typeof answer.json === "object";
}

/** Yields the body with each wrong value in each place, and without each place. */
function* wrongBodies(body: unknown): Generator {
  if (typeof body !== "object" || body === null) return;
  const parts = Object.entries(body);
  for (const [name, part] of parts) {
    const put = (value: unknown): unknown =>
      Array.isArray(body) ? body.with(Number(name), value) : { ...body, [name]: value };
    for (const wrong of [undefined, ...WRONG]) yield put(wrong);
    for (const wrong of wrongBodies(part)) yield put(wrong);
  }
}

/** Returns the value, in which a few values at any depth are replaced. */
function spoilt(value: unknown, random: Random): unknown {
  if (random.next() < 0.1) return random.pick(WRONG);
  if (Array.isArray(value)) return value.map((part) => spoilt(part, random));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, spoilt(part, random)]));
}

function namesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

function cut(text: string, random: Random): string {
  return text.slice(0, Math.floor(random.next() * text.length));
}

interface Random {
  /** Returns a number from 0 up to, but not including, 1. */
  next(): number;
  pick<T>(from: readonly T[]): T;
}

function randomJson(words: readonly string[], random: Random, depth: number): unknown {
  const kind = random.next();
  if (depth > 3 || kind < 0.3) return random.pick(WRONG);
  const length = Math.floor(random.next() * 6);
  const entries = Array.from(
    { length },
    () => [random.pick(words), randomJson(words, random, depth + 1)] as const,
  );
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
