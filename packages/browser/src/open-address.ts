import { spawn } from "node:child_process";
import { isLoopback } from "@tokenflow/core/provider";

export interface OpenAddressOptions {
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @default process.platform */
  readonly platform?: NodeJS.Platform | undefined;
  /** Called with the reason if it fails. @default nothing is called */
  readonly failed?: ((reason: string) => void) | undefined;
}

/** These programs start without a shell, because the address comes from a server. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/**
 * Opens a page in the person's browser. Opens https only, and http on loopback. Waits for nothing.
 * @example
 * openAddress("https://login.example.org/device", { failed: (reason) => console.error(reason) });
 */
export function openAddress(
  address: string,
  { env = process.env, platform = process.platform, failed = () => undefined }: OpenAddressOptions = {},
): void {
  const url = URL.parse(address);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (!url || !isSafe) return failed("it is not an https address");
  const [opener, ...args] = OPENERS[platform] ?? ["xdg-open"];
  // The parser escapes spaces, quotes and control characters, and an address never begins with a hyphen.
  const child = spawn(opener, [...args, url.href], { stdio: "ignore", detached: true, env });
  child.once("error", () => failed(`${opener} cannot be run`));
  child.once("exit", (code) => {
    if (code !== 0) failed(`${opener} exited with code ${code}`);
  });
  // The browser may stay open after this process ends.
  child.unref();
}
