import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createLoopbackServer } from "../support/loopback-server.ts";
import { createIssuer, issue } from "../support/manager-of-tokens.ts";

const PROGRAM = fileURLToPath(new URL("../support/process-that-ends.ts", import.meta.url));
/** Far more than any of these programs needs, and less than the shortest timer that must not keep it. */
const TIMEOUT = 15_000;

interface End {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs a program against a service whose first polls are pending, and whose later redemptions may fail. */
async function runToItsEnd(scenario: string, { fails = false, approves = true } = {}): Promise<End> {
  let polls = 0;
  let redemptions = 0;
  const answers: Readonly<Record<string, () => readonly [status: number, body: object]>> = {
    "/device": () => [200, { device_code: "secret", user_code: "AB-CD", expires_in: 60, interval: 0.05 }],
    "/poll": () => {
      polls += 1;
      if (!approves || polls < 3) return [400, { error: "authorization_pending" }];
      return [200, { refresh_token: "grant-1" }];
    },
    "/token": () => {
      redemptions += 1;
      if (fails && redemptions > 1) return [500, {}];
      return [200, { access_token: `token-${redemptions}`, refresh_token: "grant-2", expires_in: 3600 }];
    },
  };
  await using server = await createLoopbackServer((response, { path }) => {
    const [status, body] = answers[path]?.() ?? [404, {}];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const args = ["--conditions=@tokenflow/source", "--no-warnings", PROGRAM, scenario, server.url];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], timeout: TIMEOUT });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, lines: output.trim().split("\n"), errors };
}

const ended = (...lines: readonly string[]): End => ({ code: 0, lines, errors: "" });

describe("a process ends by itself with nothing pending but", () => {
  test.concurrent("a started manager's timers", async ({ expect }) => {
    expect(await runToItsEnd("a started manager")).toEqual(ended("asked", "started", "stored token-1"));
  });

  test.concurrent("a sign-in that nobody waits for", async ({ expect }) => {
    const end = await runToItsEnd("a sign-in that nobody waits for", { approves: false });
    expect(end).toEqual(ended("pending", "stored undefined"));
  });
});

describe("a process does not end in the middle of", () => {
  test.concurrent("a sign-in", async ({ expect }) => {
    expect(await runToItsEnd("a sign-in")).toEqual(ended("asked", "got token-1", "stored token-1"));
  });

  test.concurrent("a poll without a manager", async ({ expect }) => {
    expect(await runToItsEnd("a poll without a manager")).toEqual(ended("got token-1", "stored undefined"));
  });

  test.concurrent("a redemption behind a live token: from its intent to its stored result", async ({
    expect,
  }) => {
    const end = await runToItsEnd("a redemption behind a live token");
    expect(end).toEqual(ended("asked", "got token-1", "stored token-2"));
  });

  test.concurrent("a session that cannot be stored yet", async ({ expect }) => {
    const end = await runToItsEnd("a session that cannot be stored yet");
    expect(end).toEqual(ended("asked", "got token-1", "stored token-1"));
  });
});

test("process exits at the first failed refresh: it serves the living token, then says why, and ends well", async () => {
  const end = await runToItsEnd("failing refreshes", { fails: true });
  expect(end).toEqual(ended("asked", "provider.unavailable", "stored token-1"));
});

describe("what keeps a process", () => {
  test("is a poll that somebody awaits, and not a manager's timers", async () => {
    const issuer = createIssuer();
    await issuer.manager.start();
    await issuer.clock.advance(1_000);
    expect(issuer.clock.pending.map(({ background }) => background)).toEqual([true]);
    await issuer.manager.close();
    await issuer.clock.settle();
    expect(issuer.clock.pending).toEqual([]);
  });

  test("is a redemption, for which close() waits", async () => {
    const gate = Promise.withResolvers<void>();
    const issuer = createIssuer({
      redeem: async (count) => {
        await gate.promise;
        return issue(count);
      },
    });
    const asked = issuer.manager.getToken();
    await issuer.clock.settle();
    let closed = false;
    const closing = issuer.manager.close().then(() => {
      closed = true;
    });
    await issuer.clock.settle();
    expect(closed).toBe(false);
    gate.resolve();
    await closing;
    expect((await asked).accessToken).toBe("token-1");
    await issuer.clock.settle();
    expect(issuer.clock.pending).toEqual([]);
  });
});
