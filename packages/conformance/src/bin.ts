#!/usr/bin/env node
import { main } from "./program/main.ts";

// An exit ends the clients that run, and removes their homes.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
