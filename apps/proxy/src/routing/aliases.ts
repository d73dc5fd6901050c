import { TokenFlowError } from "@tokenflow/core";

/**
 * Reads aliases as settings write them: `gpt-4o=gpt-4.1,fast=hyper/kimi-k2.5`.
 * @throws `provider.misconfigured` for anything else, or a name given twice
 */
export function parseAliases(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(",")
    .filter((pair) => pair.trim() !== "")
    .map((pair) => /^([^=]+)=([^=]+)$/.exec(pair.trim()) ?? misread(pair))
    .map(([, name = "", model = ""]) => [name.trim(), model.trim()] as const);
  const aliases = new Map(pairs);
  if (aliases.size < pairs.length || aliases.has("") || [...aliases.values()].includes("")) misread(text);
  return Object.fromEntries(aliases);
}

function misread(text: string): never {
  throw new TokenFlowError("provider.misconfigured", `"${text}" is no list of aliases`, {
    hint: "Write them as name=model, with commas between.",
  });
}
