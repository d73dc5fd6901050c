import { TokenFlowError } from "@tokenflow/core";

/**
 * Parses aliases as settings contain them: `gpt-4o=gpt-4.1,fast=hyper/kimi-k2.5`.
 * @throws `provider.misconfigured` for anything else, or for a name that appears twice
 */
export function parseAliases(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(",")
    .filter((pair) => pair.trim() !== "")
    .map((pair) => /^([^=]+)=([^=]+)$/.exec(pair.trim()) ?? invalidAliases(pair))
    .map(([, name = "", model = ""]) => [name.trim(), model.trim()] as const);
  const aliases = new Map(pairs);
  if (aliases.size < pairs.length || aliases.has("") || [...aliases.values()].includes(""))
    invalidAliases(text);
  return Object.fromEntries(aliases);
}

function invalidAliases(text: string): never {
  throw new TokenFlowError("provider.misconfigured", `Invalid aliases "${text}"`, {
    hint: "Write them as name=model, separated by commas.",
  });
}
