import type { Token, Upstream } from "@tokenflow/core";
import { copilotTokenDetails } from "../service/details.ts";
import { type CopilotHostOptions, type CopilotHosts, createHostsOf } from "../service/hosts.ts";
import { type CopilotIdentityOptions, createIdentity, type Identity } from "../service/identity.ts";
import { type CopilotMode, type CopilotModeOptions, isDirect, resolveMode } from "../service/mode.ts";
import { createInteractionIds } from "./interaction-ids.ts";
import { crossingHeaders, turnHeaders } from "./turn-headers.ts";

/** The address of the Copilot API, and the headers that it needs besides `Authorization`. */
export type CopilotApi = Pick<Upstream, "baseUrl" | "address" | "headers">;

export interface CopilotApiOptions extends CopilotHostOptions, CopilotIdentityOptions, CopilotModeOptions {}

export interface ApiSettings {
  readonly mode: CopilotMode;
  readonly hostsOf: (host: string | undefined) => CopilotHosts;
  readonly identity: Identity;
}

/** Describes the Copilot API. Each token names the address that it belongs to. */
export function createCopilotApi({ mode, hostsOf, identity }: ApiSettings): CopilotApi {
  const interactionId = createInteractionIds();
  return {
    baseUrl: hostsOf(undefined).copilotApiUrl,
    address: (token) => {
      const { host, endpoints } = copilotTokenDetails(token);
      const hosts = hostsOf(host);
      return isDirect(token)
        ? hosts.resolveDirectUrl(endpoints?.api, mode === "direct")
        : hosts.resolveApiUrl(endpoints?.api);
    },
    headers: (request, token) => ({
      ...identityOf(token, { mode, identity }),
      ...crossingHeaders(request),
      ...turnHeaders(request),
      ...(request.path === "/models" ? {} : { "x-interaction-id": interactionId(request, token) }),
    }),
  };
}

export function identityOf(
  token: Token | undefined,
  { mode, identity }: Pick<ApiSettings, "mode" | "identity">,
): Readonly<Record<string, string>> {
  return (token ? isDirect(token) : mode === "direct") ? identity.direct : identity.model;
}

/**
 * Returns the address and the headers of the API, without the rest of the provider: a program that only hands a token
 * on starts sooner.
 * @throws `provider.misconfigured` as `createCopilotProvider`
 * @example
 * const api = copilotApi();
 * const token = await manager.getToken();
 * const authorization = { authorization: token.authorization };
 * const headers = { ...api.headers({ path: "/models", headers: {} }, token), ...authorization };
 * const answer = await fetch(`${api.address(token)}/models`, { headers });
 */
export function copilotApi(options: CopilotApiOptions = {}): CopilotApi {
  return createCopilotApi({
    mode: resolveMode(options),
    hostsOf: createHostsOf(options),
    identity: createIdentity(options),
  });
}
