import {
  createTokenManager,
  type Grant,
  grantVariable,
  type Provider,
  TokenFlowError,
  type TokenManager,
  tokenVariable,
} from "@tokenflow/core";
import {
  copilotOptionsFromEnv,
  createCopilotGrant,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import {
  createHyperGrant,
  createHyperProvider,
  hyperApiKeyFromEnv,
  hyperOptionsFromEnv,
} from "@tokenflow/provider-hyper";
import { createFileStore } from "@tokenflow/store-file";
import type { Environment } from "./settings.ts";

const GITHUB_TOKEN = /^(?:gh[a-z]_|github_pat_)/;

/**
 * The default session of each provider, over files or what the environment gives. Close them.
 * @throws `provider.misconfigured` for settings that cannot work
 */
export function openManagers(env: Environment): readonly TokenManager[] {
  const store = createFileStore();
  const open = (provider: Provider, createGrant: (text: string) => Grant, apiKey?: string): TokenManager => {
    const staticToken = readVariable(env, tokenVariable(provider.id)) ?? apiKey;
    const grant = readVariable(env, grantVariable(provider.id));
    return createTokenManager({
      provider,
      store,
      ...(staticToken === undefined ? {} : { staticToken }),
      ...(grant === undefined ? {} : { grant: createGrant(grant) }),
    });
  };
  refuseGithubToken(env);
  return [
    open(createCopilotProvider(copilotOptionsFromEnv(env)), createCopilotGrant),
    open(createHyperProvider(hyperOptionsFromEnv(env)), createHyperGrant, hyperApiKeyFromEnv(env)),
  ];
}

/** An empty variable counts as unset. */
function readVariable(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

function refuseGithubToken(env: Environment): void {
  const variable = tokenVariable("copilot");
  if (!GITHUB_TOKEN.test(readVariable(env, variable) ?? "")) return;
  throw new TokenFlowError(
    "provider.misconfigured",
    `${variable} holds a GitHub token, not one of Copilot's`,
    {
      hint: `Set ${grantVariable("copilot")} to it instead.`,
    },
  );
}
