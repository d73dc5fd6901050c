import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** A module that programs load before they start (`node --import`), for which the hosts in `TEST_NAMES` are all there are. */
export const namesModule: string = new URL("../names.ts", import.meta.url).href;

export interface RanExample {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunExampleOptions {
  /** Where the example stands: its imports are looked up from here. */
  readonly folder: string;
  /** Where the hosts that the example talks to are: origins on loopback. */
  readonly names: Readonly<Record<string, string>>;
  /** The environment, beside `PATH`. @default {} */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Runs TypeScript, letter by letter as a document has it, in a process of its own. */
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
