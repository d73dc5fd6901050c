import { chmodSync, lstatSync, mkdirSync, statSync, unlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, isAbsolute } from "node:path";
import { TokenFlowError } from "@tokenflow/core";
import { systemCode } from "@tokenflow/core/store";

const PREFIX = "unix:";

/** The shortest limit of the systems that have such sockets. */
const MAX_PATH_BYTES = 103;

/** Returns the path of a host such as `unix:/run/user/1000/tokenflow/proxy.sock`. */
export function socketPathOf(host: string): string | undefined {
  return host.startsWith(PREFIX) ? host.slice(PREFIX.length) : undefined;
}

/** Returns the number of a file descriptor that already listens, as systemd passes it: `fd:3`. */
export function descriptorOf(host: string): number | undefined {
  const [, number] = /^fd:(\d+)$/.exec(host) ?? [];
  return number === undefined ? undefined : Number(number);
}

/**
 * Makes the folder of a socket for this user alone, and removes a socket that nobody listens on.
 * @throws `provider.misconfigured` if others may enter the folder, something else is there, or a program listens
 */
export async function prepareSocket(path: string): Promise<void> {
  if (!isAbsolute(path)) throw misconfigured(`${path} is not an absolute path`, "Use unix:/path/to/socket.");
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw misconfigured(
      `The path of the socket is longer than ${MAX_PATH_BYTES} bytes`,
      "Choose a shorter one, for example below /run/user.",
    );
  }
  requirePrivateFolder(dirname(path));
  let isSocket: boolean;
  try {
    isSocket = lstatSync(path).isSocket();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw unusable(path, error);
  }
  if (!isSocket)
    throw misconfigured(`${path} is there and is no socket`, "Remove it, or choose another path.");
  if (await isServed(path))
    throw misconfigured(`${path} is in use`, "Stop what listens there, or choose another path.");
  unlinkSync(path);
}

/** Closes a socket to everyone else. Its folder has kept others out meanwhile. */
export function protectSocket(path: string): void {
  chmodSync(path, 0o600);
}

function requirePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = statSync(folder);
    const isOwn = process.getuid === undefined || uid === process.getuid();
    if (isOwn && (mode & 0o077) === 0) return;
  } catch (error) {
    throw unusable(folder, error);
  }
  throw misconfigured(
    `Others may enter ${folder}, in which the socket would be`,
    `Choose a folder of your own that only you may enter, or run: chmod 700 ${folder}`,
  );
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

function unusable(path: string, error: unknown): TokenFlowError {
  return misconfigured(`${path} cannot be used (${systemCode(error) ?? "unknown"})`, "Choose another path.");
}

function misconfigured(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint });
}
