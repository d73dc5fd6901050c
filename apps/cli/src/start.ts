import { EXIT } from "@tokenflow/common";
import { main } from "./main.ts";
import { onOutputError } from "./terminal/output.ts";
import { createTerminal } from "./terminal/terminal.ts";

/**
 * Runs a command line in this process and sets the exit code. Never rejects.
 * @param question the question of another program if stdin was read already
 */
export async function start(argv: readonly string[], question?: Promise<string>): Promise<void> {
  const interrupt = new AbortController();
  const stop = (exitCode: number): void => {
    interrupt.abort(exitCode);
    // A request that was already sent still stores its result. Without a listener, the second signal ends the process.
    setTimeout(() => {
      process.stderr.write("Finishing the current request; press Ctrl-C again to stop now.\n");
    }, 300).unref();
  };
  const onInterrupt = (): void => stop(EXIT.interrupted);
  const onTerminate = (): void => stop(EXIT.terminated);
  const listen = (): void => {
    process.once("SIGINT", onInterrupt).once("SIGTERM", onTerminate);
  };
  const takeSignals = (): Disposable => {
    process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
    return { [Symbol.dispose]: listen };
  };
  listen();
  process.stdout.on("error", onOutputError);
  process.stderr.on("error", () => undefined);
  const exitCode = await main(argv, {
    env: process.env,
    terminal: createTerminal(process.stdout, process.stderr, () => process.stdin, process.env),
    signal: interrupt.signal,
    takeSignals,
    question,
  });
  process.exitCode ||= exitCode;
}
