import { readFileSync } from "node:fs";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { createMemoryStore, createTokenManager } from "@tokenflow/core";
import { traceSessions } from "@tokenflow/core/telemetry";
import { type Answer, createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const tracer = provider.getTracer("test");

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

function startTraced(...answers: Answer[]) {
  const clock = createFakeClock();
  const script = createScriptedFetch(...answers);
  const manager = createTokenManager({
    provider: createTestProvider(),
    store: createMemoryStore({ clock }),
    clock,
    fetch: script.fetch,
    onEvent: traceSessions({ tracer }),
  });
  const signIn = async (): Promise<void> => {
    const signedIn = manager.signIn({ onUserCode: () => undefined });
    await clock.advance(6_000);
    await signedIn;
  };
  return { clock, manager, signIn };
}

const named = (name: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === name);
const milliseconds = ([seconds, nanos]: readonly [number, number]): number => seconds * 1000 + nanos / 1e6;

test("a sign-in and its refresh are spans, and the parts of the refresh fill it in their order", async () => {
  const { clock, signIn } = startTraced(...approved(), fresh());
  const before = clock.now();
  await signIn();
  const [signedIn] = named("tokenflow.sign_in");
  const [refresh] = named("tokenflow.refresh");
  expect(signedIn?.attributes).toEqual({ "tokenflow.provider": "test", "tokenflow.account": "default" });
  expect(milliseconds(signedIn?.startTime ?? [0, 0])).toBe(before);
  expect(milliseconds(signedIn?.duration ?? [0, 0])).toBe(6_000);
  expect(refresh?.attributes).toMatchObject({ "tokenflow.refresh.cause": "absent" });
  const parts = ["lock", "intent", "redeem", "commit"].map((part) => named(`tokenflow.refresh.${part}`)[0]);
  expect(parts.map((part) => part?.parentSpanContext?.spanId)).toEqual(
    parts.map(() => refresh?.spanContext().spanId),
  );
  let end = refresh?.startTime;
  for (const part of parts) {
    expect(part?.startTime).toEqual(end);
    end = part?.endTime;
  }
  expect(end).toEqual(refresh?.endTime);
});

test("a redemption that takes two seconds takes them in its own part", async () => {
  const slow = createFakeClock();
  const script = createScriptedFetch(...approved(), fresh());
  const base = createTestProvider();
  const manager = createTokenManager({
    provider: {
      ...base,
      async redeem(grant, call) {
        await slow.sleep(2_000);
        return base.redeem(grant, call);
      },
    },
    clock: slow,
    fetch: script.fetch,
    onEvent: traceSessions({ tracer }),
  });
  const signedIn = manager.signIn({ onUserCode: () => undefined });
  await slow.advance(9_000);
  await signedIn;
  const took = (part: string): number =>
    milliseconds(named(`tokenflow.refresh.${part}`)[0]?.duration ?? [0, 0]);
  expect(["lock", "intent", "redeem", "commit"].map(took)).toEqual([0, 0, 2_000, 0]);
});

test.each([
  [{ status: 500, json: {} }, "provider.unavailable"],
  [{ status: 400, json: { error: "invalid_grant" } }, "session.revoked"],
])("a refresh that fails with %j has the error's code", async (answer, code) => {
  const { manager, signIn } = startTraced(...approved(), fresh(), answer);
  await signIn();
  exporter.reset();
  await manager.getToken({ forceRefresh: true }).catch(() => undefined);
  const [refresh] = named("tokenflow.refresh");
  expect(refresh?.status.code).toBe(SpanStatusCode.ERROR);
  expect(refresh?.attributes).toMatchObject({ "error.type": code, "tokenflow.refresh.cause": "forced" });
});

test("a refresh belongs below the span of the work that asked for it", async () => {
  const { manager, signIn } = startTraced(...approved(), fresh(), fresh());
  await signIn();
  exporter.reset();
  const work = tracer.startSpan("work");
  await context.with(trace.setSpan(context.active(), work), () => manager.getToken({ forceRefresh: true }));
  work.end();
  const [refresh] = named("tokenflow.refresh");
  expect(refresh?.parentSpanContext?.spanId).toBe(work.spanContext().spanId);
});

test("no attribute and no name contains a token, a grant or a code", async () => {
  const { signIn } = startTraced(...approved("secret-grant"), fresh({ access_token: "secret-token" }));
  await signIn();
  const told = exporter.getFinishedSpans().map(({ name, attributes, events }) => [name, attributes, events]);
  expect(JSON.stringify(told)).not.toMatch(/secret|ABCD/);
});

test.each(["index", "provider", "store"])("the entry %s loads nothing of OpenTelemetry", (entry) => {
  const seen = new Set<string>();
  const follow = (file: URL): void => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const text = readFileSync(file, "utf8");
    expect(text, file.href).not.toContain("@opentelemetry");
    for (const [, path = ""] of text.matchAll(/from\s*["'](\.[^"']+)["']/g)) follow(new URL(path, file));
  };
  follow(new URL(`../../dist/${entry}.js`, import.meta.url));
  expect(seen.size).toBeGreaterThan(0);
});
