import { setTimeout } from "node:timers/promises";
import { needsSignIn } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { SignInTimeoutError } from "../cli/problem.ts";
import { formatCountdown } from "../terminal/format.ts";

export interface WaitOptions {
  /** In milliseconds; 0 does not wait. */
  readonly wait: number;
  readonly context: Pick<Context, "terminal" | "signal">;
}

/** The time between two attempts. */
const POLL_INTERVAL = 1_000;

/**
 * Repeats `attempt` until somebody has signed in. Only a stored session is visible here: a sign-in that was denied in
 * another terminal looks like one that is still waiting.
 * @throws SignInTimeoutError after `wait` milliseconds; any other error of `attempt` immediately
 */
export async function waitForSignIn<Result>(
  attempt: () => Promise<Result>,
  { wait, context: { terminal, signal } }: WaitOptions,
): Promise<Result> {
  let end: number | undefined;
  for (;;) {
    try {
      const result = await attempt();
      return result;
    } catch (error) {
      if (!needsSignIn(error) || wait === 0) throw error;
      if (end === undefined && !terminal.interactive)
        terminal.say("Waiting for a sign-in in another terminal");
      end ??= Date.now() + wait;
      const left = end - Date.now();
      if (left <= 0) throw new SignInTimeoutError(error);
      terminal.live(`Waiting for a sign-in in another terminal · ${formatCountdown(left)} left`);
      await setTimeout(Math.min(POLL_INTERVAL, left), undefined, { signal });
    }
  }
}
