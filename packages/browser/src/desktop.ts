import { existsSync } from "node:fs";

/** The facts that decide if a browser window would be visible to the person. */
export interface DesktopEnvironment {
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @default process.platform */
  readonly platform?: NodeJS.Platform | undefined;
  /** True if a person reads what the program writes. @default true if stderr is a terminal */
  readonly interactive?: boolean | undefined;
  /** @default existsSync */
  readonly exists?: ((path: string) => boolean) | undefined;
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
export function canOpenBrowser({
  env = process.env,
  platform = process.platform,
  interactive = process.stderr.isTTY,
  exists = existsSync,
}: DesktopEnvironment = {}): boolean {
  if (!interactive) return false;
  if (REMOTE.some((name) => env[name] && env[name] !== "false" && env[name] !== "0")) return false;
  if (CONTAINER_FILES.some(exists)) return false;
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
}
