import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Context } from "../cli/command.ts";

/** The facts that decide if a browser window would be visible to the person. */
export interface DesktopEnvironment {
  readonly env: Context["env"];
  readonly platform: NodeJS.Platform;
  /** True if a person reads stderr. */
  readonly interactive: boolean;
  readonly exists: (path: string) => boolean;
}

/** Variables of remote and unattended machines. */
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

/** Files that docker and podman create. */
const CONTAINER_FILES: readonly string[] = ["/.dockerenv", "/run/.containerenv"];

/** Returns true on a local desktop, where the person sees a browser that opens. */
export function canOpenBrowser({ env, platform, interactive, exists }: DesktopEnvironment): boolean {
  if (!interactive) return false;
  if (REMOTE.some((name) => env[name] && env[name] !== "false" && env[name] !== "0")) return false;
  if (CONTAINER_FILES.some(exists)) return false;
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
}

/** Reads the environment of this process. */
export function readDesktopEnvironment({
  env,
  terminal,
}: Pick<Context, "env" | "terminal">): DesktopEnvironment {
  return { env, platform: process.platform, interactive: terminal.interactive, exists: existsSync };
}

/** These programs start without a shell, because the URL comes from a server. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/**
 * Opens a URL in the browser. Opens only http and https.
 * @param failed called with the reason if it fails; nothing waits for it
 */
export function openBrowser(
  address: string,
  env: Context["env"],
  failed: (reason: string) => void,
  platform: NodeJS.Platform = process.platform,
): void {
  const url = URL.parse(address);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") return failed("it is not a web address");
  const [opener, ...args] = OPENERS[platform] ?? ["xdg-open"];
  const child = spawn(opener, [...args, url.href], { stdio: "ignore", detached: true, env });
  child.once("error", () => failed(`${opener} cannot be run`));
  child.once("exit", (code) => {
    if (code !== 0) failed(`${opener} exited with code ${code}`);
  });
  // The browser may stay open after this process ends.
  child.unref();
}
