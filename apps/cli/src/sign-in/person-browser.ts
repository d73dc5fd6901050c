import { canOpenBrowser, createBrowser, openAddress } from "@tokenflow/browser";
import type { Browser } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";

/** How a sign-in may use the browser of the person. */
export interface PersonBrowserOptions {
  /** True if a window may be opened. */
  readonly mayOpen: boolean;
  /** True if the browser is tried before a code. */
  readonly isFirst: boolean;
  /** True if the link is printed for a program. */
  readonly json: boolean;
}

/** Returns true if a window that opens would be seen by the person at the terminal. */
export function seesBrowser({ env, terminal }: Pick<Context, "env" | "terminal">): boolean {
  return canOpenBrowser({ env, interactive: terminal.interactive });
}

/** Opens a page, and calls `failed` with a sentence for the person if that is impossible. */
export function openPage(address: string, env: Context["env"], failed: (sentence: string) => void): void {
  openAddress(address, {
    env,
    failed: (reason) => failed(`Could not open the browser (${reason}). Open the link yourself.`),
  });
}

const PASTE = "Waiting for the browser. If it runs on another machine, paste the address where it ends: ";

/** The browser of the person at the terminal. If it runs elsewhere, the person brings the address back. */
export function personBrowser(
  context: Pick<Context, "env" | "terminal">,
  { mayOpen, isFirst, json }: PersonBrowserOptions,
): Browser {
  const { env, terminal } = context;
  const isVisible = mayOpen && seesBrowser(context);
  return createBrowser({
    isLocal: isFirst && isVisible,
    show(url) {
      if (json) return terminal.print(JSON.stringify({ type: "browser", url }));
      terminal.say(`Open ${url}`);
      if (isVisible) openPage(url, env, (sentence) => terminal.say(sentence));
    },
    open: () => undefined,
    ask:
      json || !terminal.interactive
        ? undefined
        : (remark, signal) => terminal.ask(`${remark ?? ""}${PASTE}`, signal),
  });
}
