import { type Grant, TokenFlowError } from "@tokenflow/core";
import { asString, omitUndefined } from "@tokenflow/core/provider";

/** What a session of an MCP server has beside the grant of its authorization server. */
export interface McpGrant {
  /** The authorization server that issued it. It is sent to no other, whatever the server's metadata says later. */
  readonly issuer: string;
  readonly clientId: string;
  /** The origins to which its authorization server's endpoints belonged at the sign-in. */
  readonly origins: readonly string[];
  /** The address that its tokens are for. */
  readonly resource: string;
  /** The scopes that were asked for. */
  readonly scope: string | undefined;
}

export function formatGrant(inner: Grant, { issuer, origins, resource, scope }: McpGrant): Grant {
  return omitUndefined({ ...inner, issuer, origins: [...origins], resource, scope });
}

/** @throws `provider.misconfigured` for a grant that another program stored under this name */
export function readGrant(grant: Grant): McpGrant {
  const [issuer, clientId, resource] = [grant["issuer"], grant["clientId"], grant["resource"]].map(asString);
  const { origins } = grant;
  if (issuer === undefined || clientId === undefined || resource === undefined || !Array.isArray(origins)) {
    throw new TokenFlowError("provider.misconfigured", "The stored session is not one of an MCP server", {
      hint: "Sign in again.",
      grantUnused: true,
    });
  }
  return {
    issuer,
    clientId,
    resource,
    origins: origins.filter((origin) => typeof origin === "string"),
    scope: asString(grant["scope"]),
  };
}
