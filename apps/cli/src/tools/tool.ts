import { UsageError } from "@tokenflow/common";
import type { Places, Settings } from "../clients/client.ts";

/** A session whose token another program is to use. */
export interface ToolTarget {
  readonly provider: string;
  /** The origins that its tokens may be handed to, those that the person named first. */
  readonly origins: readonly string[];
  /** The address of its API. */
  readonly baseUrl: string | undefined;
  /** True if its API needs headers of its own besides the token. */
  readonly needsHeaders: boolean;
  /** The MCP server that the person named. */
  readonly mcp: string | undefined;
}

/** A program that gets a token by a helper of its own protocol, without the proxy. */
export interface Tool {
  readonly title: string;
  /** One line that says where the printed settings go. */
  readonly where: string;
  settings(target: ToolTarget, places: Places): Settings;
}

/** The command that prints a token in a format, or answers for a program. */
export function tokenCommand({ provider }: ToolTarget, format?: string): readonly string[] {
  return ["tokenflow", "token", provider, ...(format === undefined ? [] : ["--format", format])];
}

export function hostOf(origin: string): string {
  return new URL(origin).host;
}

/** @throws UsageError if no host of the provider is known */
export function requireOrigins({ provider, origins }: ToolTarget): readonly [string, ...string[]] {
  const [first, ...others] = origins;
  if (first !== undefined) return [first, ...others];
  throw new UsageError(
    `no host of ${provider} is known`,
    `Name those that take its tokens: tokenflow config set providers.${provider}.hosts git.example.org`,
  );
}

/** @throws UsageError if the provider's API is not known, or needs more than a token */
export function requireApi({ provider, baseUrl, needsHeaders }: ToolTarget, client: string): string {
  if (needsHeaders) {
    throw new UsageError(
      `the API of ${provider} needs more headers than ${client} sends`,
      `Use the proxy: tokenflow proxy, and then: tokenflow setup ${client}`,
    );
  }
  if (baseUrl !== undefined) return baseUrl;
  throw new UsageError(
    `no API is known for the tokens of ${provider}`,
    `Give its URL: tokenflow config set providers.${provider}.upstream https://…`,
  );
}
