import type { Browser, BrowserReturn } from "@tokenflow/core";
import { type Expected, readPasted, readReturn } from "./answer.ts";
import { canOpenBrowser } from "./desktop.ts";
import { canListen, type Listener, listen } from "./listener.ts";
import { openAddress } from "./open-address.ts";

export interface BrowserOptions {
  /**
   * True if the person sees a window that opens on this machine. Otherwise the page is only shown as a link.
   * @default false over SSH, in containers, without a display, and if stderr is not a terminal
   * @example true
   */
  readonly isLocal?: boolean | undefined;
  /**
   * Shows the link of the page.
   * @default writes it to stderr
   * @example (url) => console.error(`Open ${url}`)
   */
  readonly show?: ((url: string) => void) | undefined;
  /**
   * Opens the page, if the browser is local.
   * @default openAddress
   * @example (url) => openAddress(url, { failed: (reason) => console.error(reason) })
   */
  readonly open?: ((url: string) => void) | undefined;
  /**
   * Asks the person for the address that the browser was sent to, for a browser on another machine. `remark` says what
   * was wrong with the last one. Returns `undefined` if nobody can be asked.
   * @default nobody is asked
   * @example async () => "http://127.0.0.1:4000/callback?code=abc&state=xyz"
   */
  readonly ask?:
    | ((remark: string | undefined, signal: AbortSignal) => Promise<string | undefined>)
    | undefined;
}

/**
 * Creates the person's browser, for `manager.signIn({ browser })`. It listens on 127.0.0.1 while a sign-in waits.
 * @example
 * await manager.signIn({ browser: createBrowser(), onUserCode: ({ verificationUri, userCode }) => console.error(verificationUri, userCode) });
 */
export function createBrowser(options: BrowserOptions = {}): Browser {
  const { isLocal = canOpenBrowser(), open = openAddress, ask } = options;
  const { show = (url) => void process.stderr.write(`To sign in, open ${url}\n`) } = options;

  return {
    isLocal,
    async listen(fixed): Promise<BrowserReturn> {
      const listener = fixed === undefined || canListen(fixed) ? await listen(fixed) : silent(fixed);
      const { redirectUri } = listener;
      return {
        redirectUri,
        async receive({ url, state }, signal) {
          const expected = { redirectUri, state };
          const over = new AbortController();
          const asked = AbortSignal.any([signal, over.signal]);
          // Before the page is shown: the browser may be back at once.
          const heard = listener.hear((request) => readReturn(request, expected));
          show(url);
          if (isLocal) open(url);
          try {
            return await Promise.race([heard, ask ? askUntilRight(ask, expected, asked) : heard]);
          } finally {
            over.abort();
          }
        },
        [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
      };
    },
  };
}

/** Asks again until the address is the right one. Never settles if nobody can be asked: the browser may still return. */
async function askUntilRight(
  ask: NonNullable<BrowserOptions["ask"]>,
  expected: Expected,
  signal: AbortSignal,
): Promise<URLSearchParams> {
  let remark: string | undefined;
  while (!signal.aborted) {
    const text = await ask(remark, signal).catch(() => undefined);
    if (text === undefined) break;
    const answer = readPasted(text, expected);
    if (answer) return answer;
    remark = `That is not the address of this sign-in. It begins with ${expected.redirectUri}?\n`;
  }
  return new Promise(() => undefined);
}

/** An address elsewhere, where nothing here can listen. */
function silent(redirectUri: string): Listener {
  return {
    redirectUri,
    hear: () => new Promise(() => undefined),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
