import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** A module that programs load before they start (`node --import`). It knows only the hosts in `TEST_NAMES`. */
export const namesModule: string = new URL("../names.ts", import.meta.url).href;

export interface RanExample {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunExampleOptions {
  /** The folder from which its imports are resolved. */
  readonly folder: string;
  /** An origin on loopback for each host that the example talks to. */
  readonly names: Readonly<Record<string, string>>;
  /** The environment, beside `PATH`. @default {} */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Runs TypeScript exactly as it is in a document, in its own process. */
export async function runExample(
  code: string,
  { folder, names, env }: RunExampleOptions,
): Promise<RanExample> {
  const args = [
    "--conditions=@tokenflow/source",
    `--import=${namesModule}`,
    "--input-type=module-typescript",
    `--eval=${code}`,
  ];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"], TEST_NAMES: JSON.stringify(names), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = new Promise<number | null>((settle, reject) => {
    child.once("error", reject);
    child.once("close", settle);
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exit: await exit, stdout, stderr };
}
