import { createFetch, createMemoryStore, createTokenManager, type TokenManager } from "@tokenflow/core";
import {
  type CopilotProviderOptions,
  copilotTokenDetails,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { type Simulator, type SimulatorOptions, startSimulator } from "@tokenflow/simulator";
import { describe, expect, test } from "vitest";

/** What GitHub and the API allow, as settings of the simulated services. */
const WORLDS = {
  "both are good": { unknownEditors: true },
  "direct is refused": { unknownEditors: true, directTokens: false },
  "the editor is refused": {},
  "the exchange is refused": { copilotRefusal: "not_found" },
  "neither is good": { copilotRefusal: "not_found", directTokens: false },
} as const satisfies Readonly<Record<string, SimulatorOptions>>;

interface Outcome {
  /** The status of a model call, or the code of the error instead of one. */
  readonly call: number | string;
  /** The mode of the token that was used. */
  readonly mode?: string | undefined;
  readonly kinds: readonly string[];
}

const CHAT = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "hi" }] }),
};

function open(simulator: Simulator, options: CopilotProviderOptions, grant: string): TokenManager {
  const { githubUrl, githubApiUrl } = simulator;
  const provider = createCopilotProvider({ githubUrl, githubApiUrl, ...options });
  return createTokenManager({ provider, grant: { githubToken: grant } });
}

async function call(manager: TokenManager): Promise<number | string> {
  const url = `${manager.provider.upstream?.baseUrl}/chat/completions`;
  return createFetch(manager)(url, CHAT).then(
    ({ status }) => status,
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "another error"),
  );
}

async function live(options: CopilotProviderOptions, world: SimulatorOptions): Promise<Outcome> {
  await using simulator = await startSimulator(world);
  await using manager = open(simulator, options, simulator.createGrant("github"));
  const status = await call(manager);
  const token = manager.peek();
  return {
    call: status,
    mode: token && copilotTokenDetails(token).mode,
    kinds: simulator.journal.map(({ kind }) => kind),
  };
}

describe("each mode in each world", () => {
  test.each([
    ["both are good", "auto", 200, "exchange", ["exchange", "chat"]],
    ["both are good", "exchange", 200, "exchange", ["exchange", "chat"]],
    ["both are good", "direct", 200, "direct", ["usage", "chat"]],
    ["direct is refused", "auto", 200, "exchange", ["exchange", "chat"]],
    ["direct is refused", "exchange", 200, "exchange", ["exchange", "chat"]],
    ["direct is refused", "direct", 401, "direct", ["usage", "chat", "usage"]],
    ["the editor is refused", "auto", 200, "direct", ["exchange", "chat", "usage", "chat"]],
    ["the editor is refused", "exchange", 400, "exchange", ["exchange", "chat"]],
    ["the editor is refused", "direct", 200, "direct", ["usage", "chat"]],
    ["the exchange is refused", "auto", 200, "direct", ["exchange", "usage", "chat"]],
    ["the exchange is refused", "exchange", "provider.client_not_allowed", undefined, ["exchange"]],
    ["the exchange is refused", "direct", 200, "direct", ["usage", "chat"]],
    ["neither is good", "auto", 401, "direct", ["exchange", "usage", "chat", "usage"]],
    ["neither is good", "exchange", "provider.client_not_allowed", undefined, ["exchange"]],
    ["neither is good", "direct", 401, "direct", ["usage", "chat", "usage"]],
  ] as const)("%s: %s ends with %s", async (world, mode, status, used, kinds) => {
    expect(await live({ mode }, WORLDS[world])).toEqual({ call: status, mode: used, kinds });
  });

  test.each([
    ["a 404", { copilotRefusal: "not_found" }],
    ["a 403 in the standard shape, without details", { copilotRefusal: "not_accessible" }],
    ["an editor that the exchange does not know", { copilotRefusal: "unknown_editor" }],
    ["an editor that the API does not know", {}],
    ["an API that requires an integration", { integrationRequired: true }],
  ])("auto goes direct after %s", async (_, world) => {
    expect(await live({}, world)).toMatchObject({ call: 200, mode: "direct" });
  });

  test.each([
    ["no_copilot_access", "provider.no_entitlement"],
    ["subscription_ended", "provider.no_entitlement"],
    ["enterprise_managed_user_account", "provider.no_entitlement"],
    ["feature_flag_blocked", "provider.forbidden"],
    ["programmatic_token_generation", "provider.client_not_allowed"],
    ["go_http_client", "provider.client_not_allowed"],
    ["a_notice_of_tomorrow", "provider.forbidden"],
    ["rate_limited", "provider.rate_limited"],
    ["secondary_rate_limited", "provider.rate_limited"],
    ["server_down", "provider.unavailable"],
    ["bad_credentials", "session.revoked"],
  ])(
    "auto ends with the service's refusal %s, and the GitHub token stays with GitHub",
    async (reason, code) => {
      const { call: ended, kinds } = await live({}, { copilotRefusal: reason });
      expect([ended, kinds]).toEqual([code, ["exchange"]]);
    },
  );

  test("an integration that the person set is sent, and then nothing is a reason for direct", async () => {
    const world = { unknownEditors: true, integrationRequired: true };
    expect(await live({ integrationId: "mine" }, world)).toMatchObject({ call: 200, mode: "exchange" });
  });

  test("a body that is a stream is not sent again after a refusal of the editor, and the next call goes direct", async () => {
    await using simulator = await startSimulator();
    await using manager = open(simulator, {}, simulator.createGrant("github"));
    const url = `${manager.provider.upstream?.baseUrl}/chat/completions`;
    const send = async (): Promise<number> => {
      const init: RequestInit & { readonly duplex: "half" } = {
        ...CHAT,
        body: new Blob([CHAT.body]).stream(),
        duplex: "half",
      };
      return (await createFetch(manager)(url, init)).status;
    };
    expect([await send(), await send()]).toEqual([400, 200]);
  });

  test("the scheme that the API wants is found by its answer, and remembered with the grant", async () => {
    await using simulator = await startSimulator({ copilotRefusal: "not_found", directScheme: "token" });
    await using manager = open(simulator, {}, simulator.createGrant("github"));
    expect(await call(manager)).toBe(200);
    await manager.getToken({ forceRefresh: true });
    expect(await call(manager)).toBe(200);
    const calls = simulator.journal.filter(({ kind }) => kind === "chat");
    expect(calls.map(({ status }) => status)).toEqual([400, 200, 200]);
  });

  test("an API that refuses each way and scheme is not asked without a pause", async () => {
    await using simulator = await startSimulator({ copilotRefusal: "not_found" });
    simulator.fault({
      service: "copilot",
      count: 1_000,
      status: 400,
      body: "bad request: Authorization header is badly formatted",
    });
    await using manager = open(simulator, {}, simulator.createGrant("github"));
    const outcomes: (number | string)[] = [];
    for (let round = 0; round < 12; round += 1) outcomes.push(await call(manager));
    expect(outcomes).toContain("token.rejected");
    expect(simulator.journal.length).toBeLessThan(12);
  });

  test("what worked is remembered for a day, told by the status, and asked again after a new sign-in", async () => {
    await using simulator = await startSimulator({ copilotRefusal: "not_found" });
    const { githubUrl, githubApiUrl } = simulator;
    const provider = createCopilotProvider({ githubUrl, githubApiUrl });
    const store = createMemoryStore();
    simulator.settings.autoApprove = 0;
    simulator.settings.interval = 0.01;
    await using manager = createTokenManager({ provider, store });
    await manager.signIn({ onUserCode: () => undefined });
    const { details, expiresAt = 0, dueAt = 0 } = await manager.status();
    expect(details).toMatchObject({ mode: "direct", modeReason: expect.stringContaining("404") });
    expect(Math.round((dueAt - Date.now()) / 3_600_000)).toBe(24);
    expect(expiresAt).toBeGreaterThan(dueAt);

    simulator.settings.copilotRefusal = undefined;
    await manager.getToken({ forceRefresh: true });
    expect((await manager.status()).details).toMatchObject({ mode: "direct" });
    await manager.signIn({ onUserCode: () => undefined });
    expect((await manager.status()).details).toMatchObject({ mode: "exchange" });
  });

  test("a stored token of the other way is replaced at once by a program that chose one", async () => {
    await using simulator = await startSimulator({ copilotRefusal: "not_found" });
    const { githubUrl, githubApiUrl } = simulator;
    const store = createMemoryStore();
    simulator.settings.autoApprove = 0;
    simulator.settings.interval = 0.01;
    await using first = createTokenManager({
      provider: createCopilotProvider({ githubUrl, githubApiUrl }),
      store,
    });
    await first.signIn({ onUserCode: () => undefined });
    await first.close();
    simulator.settings.copilotRefusal = undefined;
    const provider = createCopilotProvider({ githubUrl, githubApiUrl, mode: "exchange" });
    await using second = createTokenManager({ provider, store });
    expect((await second.getToken()).accessToken).toMatch(/^tid=/);
  });
});

describe("other tokens of GitHub", () => {
  test.each(["auto", "direct"] as const)("one of Actions (ghs_) works in mode %s", async (mode) => {
    await using simulator = await startSimulator();
    await using manager = open(simulator, { mode, copilotApiUrl: simulator.copilotUrl }, actions(simulator));
    expect(await call(manager)).toBe(200);
    expect(simulator.journal.map(({ kind }) => kind)).toEqual(["usage", "chat"]);
  });

  test("one of Actions is never exchanged", async () => {
    await using simulator = await startSimulator();
    await using manager = open(simulator, { mode: "exchange" }, actions(simulator));
    expect(await call(manager)).toBe("provider.misconfigured");
    expect(simulator.journal).toEqual([]);
  });

  test("one that a person made is told what the API says", async () => {
    await using simulator = await startSimulator();
    const pat = simulator.createGrant("github", { clientId: "personal" });
    await using manager = open(simulator, {}, pat);
    const url = `${manager.provider.upstream?.baseUrl}/models`;
    expect(await (await createFetch(manager)(url)).text()).toContain(
      "Personal Access Tokens are not supported",
    );
  });
});

function actions(simulator: Simulator): string {
  return simulator.createGrant("github", { clientId: "actions" });
}
