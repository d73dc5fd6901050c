import {
  anthropicOptions,
  type ClientOptions,
  clientOptions,
  createTokenManager,
  type TokenManager,
} from "@tokenflow/core";
import { chat, messages, responses } from "@tokenflow/dialects";
import {
  type CopilotProviderOptions,
  createCopilotGrant,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import { createProxy } from "@tokenflow/proxy";
import { type Simulator, type SimulatorOptions, startSimulator } from "@tokenflow/simulator";

/** The settings with which an SDK reaches Copilot. */
export interface Way extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly manager: TokenManager;
  /** For SDKs in OpenAI's style. */
  readonly openai: ClientOptions;
  /** For SDKs in Anthropic's style, which append `/v1/messages`. */
  readonly anthropic: ClientOptions;
}

export interface WayOptions {
  /** Options of the provider, beside the addresses. */
  readonly provider?: CopilotProviderOptions;
  /** Settings of the simulated services. */
  readonly services?: SimulatorOptions;
}

/** Each way with an exchanged token, and with the GitHub token itself, since the API refuses our editor. */
export const ROUTES: readonly {
  readonly name: "createFetch" | "the proxy";
  readonly token: "an exchanged token" | "the GitHub token";
  readonly services: SimulatorOptions;
}[] = (["createFetch", "the proxy"] as const).flatMap((name) => [
  { name, token: "an exchanged token", services: { unknownEditors: true } },
  { name, token: "the GitHub token", services: {} },
]);

/** Returns how many calls the API refused because of the editor. */
export function countRefusedEditors({ simulator }: Way): number {
  const calls = simulator.journal.filter(({ service, kind }) => service === "copilot" && kind !== "models");
  return calls.filter(({ status, outcome }) => status === 400 && outcome === "bad_request").length;
}

/** Starts the simulated services, and opens one of the two ways to them. */
export async function openWay(
  name: "createFetch" | "the proxy",
  { provider: options, services }: WayOptions = {},
): Promise<Way> {
  const simulator = await startSimulator(services);
  const { githubUrl, githubApiUrl, copilotUrl: copilotApiUrl } = simulator;
  const provider = createCopilotProvider({ ...options, githubUrl, githubApiUrl, copilotApiUrl });
  const grant = createCopilotGrant(simulator.createGrant("github"));
  const manager = createTokenManager({ provider, grant });
  const hyper = createTokenManager({
    provider: createHyperProvider({ url: simulator.hyperUrl }),
    staticToken: "sk-hyper-simulated",
  });
  const proxy = createProxy({ sessions: [{ manager }, { manager: hyper }], port: 0 });
  const { url } = await proxy.listen();
  const { baseURL, fetch } = anthropicOptions(manager);
  return {
    simulator,
    manager,
    openai:
      name === "createFetch"
        ? clientOptions(manager)
        : { baseURL: `${url}/v1`, apiKey: "unused", fetch: globalThis.fetch },
    anthropic:
      name === "createFetch"
        ? { baseURL, apiKey: "unused", fetch }
        : { baseURL: url, apiKey: "unused", fetch: globalThis.fetch },
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await manager.close();
      await hyper.close();
      await simulator.close();
    },
  };
}

/** Returns a way of `createFetch` that translates. The proxy translates by itself. */
export function translating(way: Way, dialect: "chat" | "responses" | "messages"): Way {
  const { baseURL, fetch } = anthropicOptions(way.manager, { dialect: messages });
  const openai = clientOptions(way.manager, { dialect: dialect === "chat" ? chat : responses });
  return { ...way, openai, anthropic: { baseURL, apiKey: "unused", fetch } };
}
