#!/usr/bin/env node
import { main } from "./program/main.ts";

// An exit ends the clients that run, and removes their homes.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

// A reader such as head may leave before the end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
