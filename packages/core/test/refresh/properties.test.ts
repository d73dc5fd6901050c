import { createTokenManager, isTokenFlowError, type TokenManager } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch, type FakeClock } from "@tokenflow/core/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createSharedStore, type Handle, type SharedStore } from "../support/shared-store.ts";
import { createTestProvider } from "../support/test-provider.ts";

/** What may happen next in a random schedule. */
type Step =
  | { readonly do: "ask"; readonly process: number; readonly force: boolean }
  | { readonly do: "reject"; readonly process: number }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "sleep"; readonly ms: number }
  | { readonly do: "jump"; readonly ms: number }
  | { readonly do: "crash"; readonly process: number }
  | { readonly do: "lapse" }
  | { readonly do: "answer"; readonly as: Answering }
  | { readonly do: "disk"; readonly as: "ok" | "full" | "loses answers" };

type Answering = "well" | "down" | "dead token" | "drop before" | "drop after" | "rate limited" | "slowly";

const PROCESSES = 3;
const LIFETIME = 600_000;

/** A rotating service that knows when each of its tokens truly ends, and which grant is the living one. */
function createService(clock: FakeClock, shared: SharedStore, trueTime: () => number, slowness: number) {
  let count = 1;
  const service = {
    living: "grant-1",
    revoked: false,
    inFlight: 0,
    mostInFlight: 0,
    answers: [] as number[],
    /** A rotation whose answer, or whose asker, was lost: the loss that no client can avert. */
    lost: false,
    as: "well" as Answering,
    ends: new Map<string, number>(),
    rejected: new Set<string>(),
    /** What no schedule may lead to. */
    broken: [] as string[],
    /** Whether the token in the store could still be served, by a clock that takes a jump forward for sleep. */
    tokenLives: (): boolean => {
      const record = JSON.parse(shared.values.get("test/default") ?? "{}");
      return !service.rejected.has(record.access_token) && Date.parse(record.expires_at) > clock.now();
    },
    fetch: (alive: () => boolean): typeof fetch =>
      createScriptedFetch(async ({ body }) => {
        service.inFlight += 1;
        service.mostInFlight = Math.max(service.mostInFlight, service.inFlight);
        try {
          return await service.answer(JSON.parse(body).refresh_token, alive);
        } finally {
          service.inFlight -= 1;
        }
      }).fetch,
    async answer(grant: string, alive: () => boolean) {
      const { as } = service;
      service.answers.push(trueTime());
      // As it was sent: while the answer is slow, another request may overtake this one.
      const wasSpent = grant !== service.living && service.tokenLives();
      if (as === "slowly") await clock.sleep(slowness);
      if (as === "down") return { status: 503, headers: { "retry-after": "3" } };
      if (as === "rate limited") return { status: 429, headers: { "retry-after": "20" } };
      if (as === "drop before") return { error: "ECONNRESET" };
      if (grant !== service.living || service.revoked) {
        if (!service.revoked && wasSpent) service.broken.push("a spent grant was sent while its token lives");
        // Overtaken after its process was killed: between sending and storing no client can avert the loss.
        if (!alive()) service.lost = true;
        service.revoked = true;
        return { status: 400, json: { error: "invalid_grant" } };
      }
      count += 1;
      service.living = `grant-${count}`;
      const lifetime = as === "dead token" ? 0 : LIFETIME;
      service.ends.set(`token-${count}`, trueTime() + lifetime);
      if (as === "drop after" || !alive()) {
        service.lost = true;
        return { error: "ECONNRESET" };
      }
      return {
        json: { access_token: `token-${count}`, refresh_token: service.living, expires_in: lifetime / 1000 },
      };
    },
  };
  return service;
}

interface Process {
  handle: Handle;
  manager: TokenManager;
  alive: boolean;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      process: fc.nat(PROCESSES - 1),
      force: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reject" as const), process: fc.nat(PROCESSES - 1) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 400_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("sleep" as const), ms: fc.integer({ min: 1, max: 2_000_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("jump" as const), ms: fc.integer({ min: 1, max: 100_000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const), process: fc.nat(PROCESSES - 1) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      as: fc.constantFrom<Answering>(
        "well",
        "well",
        "well",
        "down",
        "dead token",
        "drop before",
        "drop after",
        "rate limited",
        "slowly",
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("disk" as const),
      as: fc.constantFrom("ok" as const, "ok" as const, "full" as const, "loses answers" as const),
    }),
  },
);

async function live(steps: readonly Step[], ttl: number | undefined): Promise<void> {
  const clock = createFakeClock();
  let jumped = 0;
  const trueTime = (): number => clock.now() - jumped;
  const shared = createSharedStore({ clock, ttl });
  // Slower than a lease lasts: a redemption whose lock has lapsed is waited for.
  const service = createService(clock, shared, trueTime, 15_000);
  const provider = createTestProvider({ replay: "never" });
  let disk: "ok" | "full" | "loses answers" = "ok";
  let started = 0;

  const start = (): Process => {
    started += 1;
    const handle = shared.open(`host/${started}/0`);
    handle.fault = (operation) =>
      operation === "replace" && disk === "full"
        ? "fail"
        : operation === "replace" && disk !== "ok"
          ? "lose"
          : "pass";
    const process: Process = {
      handle,
      alive: true,
      manager: createTokenManager({
        provider,
        store: handle,
        clock,
        fetch: service.fetch(() => process.alive),
      }),
    };
    return process;
  };
  const crash = (process: Process): void => {
    process.alive = false;
    process.handle.crash();
  };

  await seed(shared, clock);
  const processes = Array.from({ length: PROCESSES }, start);
  let forced = 0;
  let crashes = 0;

  const ask = async (process: Process, options: { forceRefresh?: boolean }): Promise<boolean> => {
    try {
      const { accessToken } = await process.manager.getToken(options);
      const end = service.ends.get(accessToken) ?? Number.POSITIVE_INFINITY;
      if (trueTime() > end) service.broken.push(`${accessToken} was handed out after its end`);
      return true;
    } catch (error) {
      if (!isTokenFlowError(error)) service.broken.push(`not an error of ours: ${String(error)}`);
      return false;
    }
  };

  for (const event of [...steps, { do: "answer", as: "well" } as const, { do: "disk", as: "ok" } as const]) {
    if (event.do === "pass") await clock.advance(event.ms);
    else if (event.do === "sleep")
      await (ttl === undefined ? clock.suspend(event.ms) : clock.advance(event.ms));
    else if (event.do === "answer") service.as = event.as;
    else if (event.do === "disk") disk = event.as;
    else if (event.do === "lapse") shared.lapse();
    else if (event.do === "jump") {
      // A lease that a holder sleeps through is taken from it, and its redemption for interrupted: the limit of leases.
      if (ttl !== undefined) continue;
      clock.jump(event.ms);
      jumped += event.ms;
    } else {
      const process = processes[event.process];
      if (!process) continue;
      if (event.do === "ask") {
        forced += event.force ? 1 : 0;
        void ask(process, { forceRefresh: event.force });
        await clock.settle();
      } else if (event.do === "reject") {
        const token = process.manager.peek();
        if (token) {
          forced += 1;
          service.rejected.add(token.accessToken);
          process.manager.reject(token);
        }
      } else {
        crashes += 1;
        if ((await process.manager.status()).unsaved) service.lost = true;
        crash(process);
        processes[event.process] = start();
      }
    }
  }
  // Long enough for every pause, every wait for the lock, and the end of every token.
  for (let round = 0; round < 4; round += 1) {
    await clock.advance(LIFETIME);
    for (const process of processes) void ask(process, {});
    await clock.settle();
  }
  await clock.advance(60_000);
  const served = processes.map((process) => ask(process, {}));
  await clock.advance(120_000);

  expect(service.broken).toEqual([]);
  expectOrder(shared);
  if (ttl === undefined)
    expect(service.mostInFlight - crashes, "two grants in flight").toBeLessThanOrEqual(1);
  expectNoSpin(service.answers, forced);
  if (!service.lost) {
    expect(service.revoked, "a session was lost without a lost answer").toBe(false);
    expect(await Promise.all(served), "a session that lives serves everyone").toEqual(served.map(() => true));
    const record = JSON.parse(shared.values.get("test/default") ?? "{}");
    expect(record.grant?.refresh_token, "the living grant was dropped").toBe(service.living);
  }
}

async function seed(shared: SharedStore, clock: FakeClock): Promise<void> {
  const script = createScriptedFetch(
    { json: { device_code: "code", user_code: "CODE", expires_in: 900, interval: 5 } },
    { json: { refresh_token: "grant-1" } },
    { error: "ECONNREFUSED" },
  );
  const handle = shared.open("host/0/0");
  const manager = createTokenManager({
    provider: createTestProvider(),
    store: handle,
    clock,
    fetch: script.fetch,
  });
  const done = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(6_000);
  await done;
  handle.crash();
  await clock.advance(15_000);
}

/** Never an older session over a newer one: the counter of the revision never falls within a sign-in. */
function expectOrder({ writes }: SharedStore): void {
  const counter = (raw: string | undefined): number =>
    Number(JSON.parse(raw ?? "{}").revision?.split(":")[1] ?? 0);
  for (const { previous, next } of writes) expect(counter(next)).toBeGreaterThanOrEqual(counter(previous));
}

/** Never a spin: no second in which more is asked of the service than the schedule forced. */
function expectNoSpin(answers: readonly number[], forced: number): void {
  answers.forEach((at, index) => {
    const within = answers.slice(index).filter((later) => later - at < 500).length;
    expect(within, "redemptions within half a second").toBeLessThanOrEqual(2 + forced);
  });
}

const RUNS = Number(process.env["TOKENFLOW_PROPERTY_RUNS"] ?? 25);

test("no schedule breaks the session under a kernel lock", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), (steps) => live(steps, undefined)),
    { numRuns: RUNS },
  );
});

test("no schedule breaks the session under a lock that lapses", async () => {
  const lapse: fc.Arbitrary<Step> = fc.constant({ do: "lapse" });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 8, arbitrary: step }, { weight: 1, arbitrary: lapse }), {
        minLength: 15,
        maxLength: 40,
      }),
      (steps) => live(steps, 10_000),
    ),
    { numRuns: RUNS },
  );
});
