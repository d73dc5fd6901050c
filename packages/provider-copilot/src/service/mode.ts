import { type Token, TokenFlowError } from "@tokenflow/core";
import { copilotTokenDetails } from "./details.ts";
import { isGitHubToken } from "./secrets.ts";

/**
 * The way to the Copilot API. `exchange`: with a Copilot token of half an hour. `direct`: with the GitHub token itself.
 * `auto`: by exchange, and directly only if GitHub or the API refuses this app or this editor.
 */
export type CopilotMode = "auto" | "exchange" | "direct";

const MODES: readonly CopilotMode[] = ["auto", "exchange", "direct"];

/** The mode, and the option that it had before. */
export interface CopilotModeOptions {
  /**
   * The way to the Copilot API: by exchange, with the GitHub token itself, or by exchange unless this app or this
   * editor is refused. `auto` remembers for a day what worked.
   * @default "auto"
   * @example "exchange"
   */
  readonly mode?: CopilotMode | undefined;
  /**
   * The earlier name of `mode`: `true` is `mode: "direct"`, and `false` is `mode: "exchange"`.
   * @default undefined
   * @example true
   */
  readonly direct?: boolean | undefined;
}

/** @throws `provider.misconfigured` for another word, or if the two options contradict each other */
export function resolveMode({ mode, direct }: CopilotModeOptions): CopilotMode {
  const earlier = direct === undefined ? undefined : direct ? "direct" : "exchange";
  if (mode !== undefined && !MODES.includes(mode)) {
    throw misconfigured(`Unknown Copilot mode "${mode}"`);
  }
  if (mode !== undefined && earlier !== undefined && mode !== earlier) {
    throw misconfigured(
      `The Copilot mode "${mode}" contradicts the earlier option direct: ${String(direct)}`,
    );
  }
  return mode ?? earlier ?? "auto";
}

/** Reads a mode that a person wrote. */
export function parseMode(text: string): CopilotMode {
  const mode = MODES.find((known) => known === text);
  if (mode) return mode;
  throw misconfigured(`Unknown Copilot mode "${text}"`);
}

/** Returns true for a token that is the GitHub token itself. */
export function isDirect(token: Token): boolean {
  return copilotTokenDetails(token).mode === "direct" || isGitHubToken(token.accessToken);
}

function misconfigured(message: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, {
    hint: "Use auto, exchange or direct, as the option mode or as TOKENFLOW_COPILOT_MODE.",
    grantUnused: true,
  });
}
