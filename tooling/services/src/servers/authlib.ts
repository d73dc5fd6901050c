import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { requireInstalled } from "../processes/has-services.ts";
import type { AuthorizationServer } from "./authorization-server.ts";

/** Debian's own Python, which alone sees the package. */
const PYTHON = "/usr/bin/python3";
const PACKAGE = "/usr/lib/python3/dist-packages/authlib/__init__.py";
const SERVER = join(import.meta.dirname, "authlib-server.py");

/** Returns true if Debian's `python3-authlib` is installed. @throws as `hasServices` */
export function hasAuthlib(): boolean {
  return requireInstalled([PYTHON, PACKAGE].every((path) => existsSync(path)) ? [] : ["python3-authlib"]);
}

/** Starts a server made of Authlib's classes, with the clients `public`, `basic` and `post`. */
export async function startAuthlib(secret: string): Promise<AuthorizationServer> {
  const child = spawn(PYTHON, [SERVER, secret], {
    // It is meant for https, and this is loopback.
    env: { AUTHLIB_INSECURE_TRANSPORT: "1", PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), ended.then(() => [""])]);
  const [, issuer] = /^at (\S+)$/.exec(String(first[0])) ?? [];
  if (issuer === undefined) throw new Error("The server made of Authlib did not start");
  const decide = async (path: string, userCode: string): Promise<void> => {
    await fetch(`${issuer}/${path}`, { method: "POST", body: new URLSearchParams({ user_code: userCode }) });
  };
  return {
    issuer,
    approve: (userCode) => decide("approve", userCode),
    deny: (userCode) => decide("deny", userCode),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
