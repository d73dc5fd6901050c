#!/usr/bin/env node
/** Nothing but `node:` modules is loaded before the version of Node is known to be good. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`tokenflow: Node ${process.versions.node} is too old; 22.19 or newer is needed.\n`);
  process.exitCode = 1;
} else {
  const [{ main }, { createTerminal }] = await Promise.all([import("./main.ts"), import("./terminal.ts")]);
  const interrupt = new AbortController();
  const stop = (exitCode: number): void => {
    interrupt.abort(exitCode);
    // What was already sent is still written down; without a listener the second signal ends it all the same.
    setTimeout(() => {
      process.stderr.write("Finishing what is under way; another Ctrl-C breaks it off.\n");
    }, 300).unref();
  };
  process.once("SIGINT", () => stop(130));
  process.once("SIGTERM", () => stop(143));
  // A reader that left (`| head -1`) is no reason to complain; a full disk is.
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") return;
    process.exitCode = 1;
    process.stderr.write(`tokenflow: the output could not be written (${code}).\n`);
  });
  const exitCode = await main(process.argv.slice(2), {
    env: process.env,
    terminal: createTerminal(process.stdout, process.stderr, () => process.stdin),
    signal: interrupt.signal,
  });
  process.exitCode ||= exitCode;
}
