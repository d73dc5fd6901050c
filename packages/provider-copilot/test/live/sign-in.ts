import { type Grant, Token } from "@tokenflow/core";
import type { RedeemCall } from "@tokenflow/core/provider";
import type { CopilotProvider } from "@tokenflow/provider-copilot";
import type { Recorder } from "@tokenflow/simulator";

export interface Redeemed {
  readonly token: Token;
  /** With what was learned. */
  readonly grant: Grant;
}

export interface RedeemOptions {
  /** In the mode `auto`. */
  readonly provider: CopilotProvider;
  readonly call: RedeemCall;
  readonly recorder: Recorder;
  readonly tell: (question: string, answer: string) => void;
}

/**
 * Redeems a grant as `auto` does, by exchange, and directly after a refusal of this app or this editor, and tells what
 * GitHub answers to each request. Returns `undefined` after any other refusal, since that one is final.
 */
export async function redeem(
  grant: Grant,
  { provider, call, recorder, tell }: RedeemOptions,
): Promise<Redeemed | undefined> {
  let record = grant;
  // The exchange and direct mode are a step each.
  for (let step = 0; step < 2; step += 1) {
    const before = recorder.exchanges().length;
    const redemption = await provider.redeem(record, call).catch((error: unknown) => ({ error }));
    const sent = recorder.exchanges()[before];
    const isExchange = sent?.path.endsWith("/v2/token") ?? true;
    const question = isExchange ? "exchange with our names" : "direct mode instead of the exchange";
    if (sent) tell(question, `${sent.status} ${sent.sentence ?? ""}`.trim());
    if ("error" in redemption) {
      const { error } = redemption;
      if (!sent) tell(question, error instanceof Error ? error.message : "failed");
      return undefined;
    }
    const { token, grant: next = record } = redemption;
    if (token) return { token: new Token({ ...token, issuedAt: Date.now() }), grant: next };
    record = next;
  }
  return undefined;
}
