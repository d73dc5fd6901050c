import type { UserCodePrompt } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { formatCountdown } from "../terminal/format.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { openPage, seesBrowser } from "./person-browser.ts";

export interface ShowWaitingOptions {
  /** True if a browser may be opened. */
  readonly browser: boolean;
  /** Draws the address, if the person asked for that. */
  readonly qr: ((address: string, terminal: Terminal) => string) | undefined;
}

/** Shows the code and the address to enter it, and on a terminal a line that counts down. */
export interface Waiting {
  begin(code: UserCodePrompt): void;
  end(): void;
}

export function showWaiting(
  context: Pick<Context, "env" | "terminal">,
  { browser, qr }: ShowWaitingOptions,
): Waiting {
  const { terminal, env } = context;
  let timer: ReturnType<typeof setInterval> | undefined;
  let ended = false;
  return {
    begin({ userCode, verificationUri, verificationUriComplete, expiresAt, notice }) {
      terminal.say(`Open ${verificationUri} and enter   ${terminal.bold(userCode)}`);
      if (notice) terminal.say(terminal.dim(notice));
      const address = verificationUriComplete ?? verificationUri;
      if (qr) terminal.draw(qr(address, terminal));
      const tick = (): void =>
        terminal.live(`Waiting for you · code valid for ${formatCountdown(expiresAt - Date.now())}`);
      if (browser && seesBrowser(context)) {
        openPage(address, env, (sentence) => {
          if (ended) return;
          terminal.say(sentence);
          tick();
        });
      }
      if (!terminal.interactive) return;
      tick();
      timer = setInterval(tick, 1_000);
    },
    end() {
      ended = true;
      clearInterval(timer);
      terminal.live(undefined);
    },
  };
}
