import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Context } from "../cli/command.ts";

/** What a browser window would appear on. */
export interface DesktopEnvironment {
  readonly env: Context["env"];
  readonly platform: NodeJS.Platform;
  /** Whether somebody watches. */
  readonly interactive: boolean;
  readonly exists: (path: string) => boolean;
}

/** Somebody sits elsewhere, or nobody does. */
const REMOTE: readonly string[] = [
  "SSH_CONNECTION",
  "SSH_CLIENT",
  "SSH_TTY",
  "CI",
  "CODESPACES",
  "GITPOD_WORKSPACE_ID",
  "KUBERNETES_SERVICE_HOST",
  "REMOTE_CONTAINERS",
  // Set by podman, systemd-nspawn and lxc.
  "container",
];

/** Left by docker and podman. */
const CONTAINER_FILES: readonly string[] = ["/.dockerenv", "/run/.containerenv"];

/** Whether a browser that is opened here opens before the eyes of the person: on a local desktop only. */
export function canOpenBrowser({ env, platform, interactive, exists }: DesktopEnvironment): boolean {
  if (!interactive) return false;
  if (REMOTE.some((name) => env[name] && env[name] !== "false" && env[name] !== "0")) return false;
  if (CONTAINER_FILES.some(exists)) return false;
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
}

/** The surroundings of this process. */
export function readDesktopEnvironment({
  env,
  terminal,
}: Pick<Context, "env" | "terminal">): DesktopEnvironment {
  return { env, platform: process.platform, interactive: terminal.interactive, exists: existsSync };
}

/** Without a shell in between: an address may hold anything. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/**
 * Asks the desktop to show an address; nothing but http and https is ever opened.
 * @param failed told why when it did not work, with words for the person; nothing waits for that
 */
export function openBrowser(
  address: string,
  env: Context["env"],
  failed: (why: string) => void,
  platform: NodeJS.Platform = process.platform,
): void {
  const url = URL.parse(address);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") return failed("that is no web address");
  const [opener, ...args] = OPENERS[platform] ?? ["xdg-open"];
  const child = spawn(opener, [...args, url.href], { stdio: "ignore", detached: true, env });
  child.once("error", () => failed(`${opener} cannot be run`));
  child.once("exit", (code) => {
    if (code !== 0) failed(`${opener} ended with ${code}`);
  });
  // The browser may stay open for as long as it likes.
  child.unref();
}
