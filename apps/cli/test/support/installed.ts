import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Sandbox } from "./sandbox.ts";

export interface Output {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Tool = (
  command: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
) => Promise<Output>;

/** Puts the programs on a PATH, as an installation does, and returns a function that runs a tool there. */
export async function installed(sandbox: Sandbox): Promise<Tool> {
  const folder = join(sandbox.home, "bin");
  const root = resolve(import.meta.dirname, "../..");
  await mkdir(folder);
  await symlink(process.execPath, join(folder, "node"));
  await symlink(join(root, "dist/bin.cjs"), join(folder, "tokenflow"));
  for (const name of ["git-credential-tokenflow", "docker-credential-tokenflow"])
    await symlink(join(root, `bin/${name}.cjs`), join(folder, name));
  return async (command, args, env = {}) => {
    const child = spawn(command, args, {
      cwd: sandbox.home,
      env: {
        PATH: `${folder}:${process.env["PATH"] ?? ""}`,
        HOME: sandbox.home,
        GIT_TERMINAL_PROMPT: "0",
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_AUTHOR_NAME: "Ada",
        GIT_AUTHOR_EMAIL: "ada@example.org",
        GIT_COMMITTER_NAME: "Ada",
        GIT_COMMITTER_EMAIL: "ada@example.org",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (text: Buffer) => (output.stdout += text.toString()));
    child.stderr.on("data", (text: Buffer) => (output.stderr += text.toString()));
    const [exit] = (await once(child, "close")) as [number | null];
    return { exit, ...output };
  };
}
