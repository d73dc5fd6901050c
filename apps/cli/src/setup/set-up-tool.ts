import { homedir } from "node:os";
import { UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { openStore } from "../session/store.ts";
import type { Tool } from "../tools/tool.ts";
import { type ShowFlags, showSettings } from "./show-settings.ts";
import { toolTarget } from "./tool-target.ts";

interface WantedTool {
  readonly provider: string | undefined;
  readonly flags: ShowFlags & {
    readonly url?: string | undefined;
    readonly model?: string | undefined;
    readonly mcp?: string | undefined;
  };
}

/** Shows or writes the settings of a program that gets a token by its own protocol. */
export async function setUpTool(
  name: string,
  tool: Tool,
  { provider, flags }: WantedTool,
  context: Context,
): Promise<number> {
  for (const flag of ["url", "model"] as const)
    if (flags[flag] !== undefined)
      throw new UsageError(`--${flag} is for settings of the proxy`, `Remove --${flag}.`);
  if (flags.mcp !== undefined && name !== "claude-code")
    throw new UsageError("--mcp is for claude-code only");
  const { env } = context;
  await using storeContext = await openStore(context);
  const target = await toolTarget(provider, flags.mcp, storeContext, context);
  const settings = tool.settings(target, { env, home: env["HOME"] || homedir() });
  return await showSettings(
    { name: provider === undefined ? name : `${name} ${provider}`, where: tool.where, settings, flags },
    context,
  );
}
