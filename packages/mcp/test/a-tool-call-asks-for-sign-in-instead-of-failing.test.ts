import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Conversation, Outcome } from "./support/conversation.ts";
import { connectCurrent } from "./support/current-client.ts";
import { connectPrevious } from "./support/previous-client.ts";
import { countOf, type SimulatedCopilot, startSimulatedCopilot } from "./support/simulated-copilot.ts";

type Connect = (copilot: SimulatedCopilot) => Promise<Conversation>;
type Way = Outcome["way"];

/** Each server finds its own major of the SDK alone. */
const PAIRS: readonly [title: string, way: Way, connect: Connect][] = [
  [
    "version 2 asks a client of 2026-07-28 for input",
    "required",
    ({ env }) => connectCurrent({ env, server: "server.ts", revision: "2026-07-28" }),
  ],
  [
    "version 2 gives a client of 2026-07-28 that opens no links text",
    "result",
    ({ env }) => connectCurrent({ env, server: "server.ts", revision: "2026-07-28", links: false }),
  ],
  [
    "version 2 gives a client of 2025-11-25 the error −32042",
    "error",
    ({ env }) => connectPrevious({ env, server: "server.ts" }),
  ],
  [
    "version 1 gives a client of 2025-11-25 the error −32042",
    "error",
    ({ env }) => connectPrevious({ env, server: "server-v1.ts" }),
  ],
  [
    "version 1 gives a client that opens no links text",
    "result",
    ({ env }) => connectPrevious({ env, server: "server-v1.ts", links: false }),
  ],
];

describe.each(PAIRS)("%s", (_title, way, connect) => {
  let copilot: SimulatedCopilot;
  let client: Conversation;
  const outcomes: Outcome[] = [];
  const call = async (tool: string): Promise<Outcome> => {
    const outcome = await client.call(tool);
    outcomes.push(outcome);
    return outcome;
  };
  const count = (kind: string): number => countOf(copilot.simulator, kind);

  beforeAll(async () => {
    copilot = await startSimulatedCopilot();
    client = await connect(copilot);
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await copilot[Symbol.asyncDispose]();
  });

  let first = "";

  test("20 first calls at once are answered while nobody has approved, with one code beside its link", async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, () => call("list_models")));

    expect(count("device_code")).toBe(1);
    first = codeIn(asked[0]);
    const address = `${copilot.simulator.githubUrl}/login/device`;
    for (const outcome of asked) {
      expect(outcome.way).toBe(way);
      expect(codeIn(outcome)).toBe(first);
      expect(saidIn(outcome)).toContain(address);
      if (outcome.way === "result") {
        expect(outcome.isError).toBe(true);
        expect(outcome.text).toMatch(
          /^Open \S+ and enter the code \S+ .*, then call this tool again\. GitHub will name the app "GitHub Copilot Plugin".*\.$/,
        );
      } else {
        expect(outcome.links).toMatchObject([{ mode: "url", url: address }]);
      }
    }
    if (way === "error") expect(new Set(asked.map(idIn))).toEqual(new Set([expect.any(String)]));
    expect(client.completed).toEqual([]);
    expect(await call("session_status")).toMatchObject({ isError: false, data: { state: "pending" } });
  });

  test("a denial is reported with the next call's new code, and without a notification", async () => {
    copilot.simulator.deny(first);

    const next = await vi.waitFor(async () => {
      const outcome = await call("list_models");
      expect(codeIn(outcome)).not.toBe(first);
      return outcome;
    }, SOON);

    expect(next.way).toBe(way);
    expect(saidIn(next)).toMatch(/^The sign-in was denied: .* Open /);
    expect(count("device_code")).toBe(2);
    expect(client.completed).toEqual([]);
  });

  test("an approval serves the next call, and only a client of −32042 gets a notification", async () => {
    const asked = await call("sign_in");
    expect(asked.way).toBe(way);
    copilot.simulator.approve(codeIn(asked));

    if (way === "error") {
      await vi.waitFor(() => expect(client.completed).toEqual([idIn(asked)]), SOON);
    } else {
      await vi.waitFor(async () => {
        expect(await call("session_status")).toMatchObject({
          data: { state: "valid", login: "octocat" },
        });
      }, SOON);
      expect(client.completed).toEqual([]);
    }

    expect(await call("list_models")).toMatchObject({
      isError: false,
      text: expect.stringContaining("gpt-"),
    });
    expect(await call("usage")).toMatchObject({ text: expect.stringContaining("1437.5 left of 1500") });
    expect(await call("sign_in")).toMatchObject({
      text: expect.stringMatching(/^Signed in to GitHub Copilot as octocat;/),
    });
    expect(count("device_code")).toBe(2);
  });

  test("a token that the API refuses in a long session is refreshed within the call", async () => {
    copilot.simulator.expireTokens();

    const answers = await Promise.all(Array.from({ length: 5 }, () => call("list_models")));

    expect(answers).toEqual(answers.map(() => expect.objectContaining({ isError: false })));
    expect(count("exchange")).toBe(2);
    expect(count("device_code")).toBe(2);
  });

  test("after a sign-out the next call asks for a new sign-in", async () => {
    expect(await call("sign_out")).toMatchObject({ isError: false });
    expect(await call("session_status")).toMatchObject({ data: { state: "signed_out" } });
    expect((await call("usage")).way).toBe(way);
    expect(count("device_code")).toBe(3);
  });

  test("stdout has only the protocol, stderr the prompts, and neither a secret", () => {
    expect(client.faults).toEqual([]);
    expect(client.stderr()).toContain(`and enter ${first}\n`);
    const seen = JSON.stringify(outcomes) + client.stderr();
    // A device code, GitHub's token, Copilot's.
    expect(seen).not.toMatch(/[0-9a-f]{40}|gh[a-z]_\w{20}|tid=/);
  });
});

const SOON = { timeout: 10_000 };

function saidIn(outcome: Outcome | undefined): string {
  if (outcome?.way === "result") return outcome.text;
  return outcome?.links[0]?.message ?? "";
}

function codeIn(outcome: Outcome | undefined): string {
  const code = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(saidIn(outcome))?.[0];
  if (code === undefined) throw new Error(`No code in ${JSON.stringify(outcome)}`);
  return code;
}

function idIn(outcome: Outcome): string | undefined {
  return outcome.way === "error" ? outcome.links[0]?.elicitationId : undefined;
}
