#!/usr/bin/env node
import { version } from "./cli/command.ts";
import { answerFast } from "./fast-path.ts";
import { commandLineOf } from "./formats/table.ts";
import { printLine } from "./terminal/output.ts";

const [, program = "", ...words] = process.argv;
const argv: readonly string[] = commandLineOf(program, words);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

// An old Node can read everything that is loaded up to here, but not the import below.
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `tokenflow: Node ${process.versions.node} is too old. Run it with Node 22.19 or newer.\n`,
  );
  process.exitCode = 2;
} else if (argv[0] === "--version" || argv[0] === "-v") {
  printLine(version);
} else {
  void answerFast(argv, process.env).then(async ({ text, input }) => {
    if (text === undefined) await (await import("./start.ts")).start(argv, input);
    else if (text !== "") printLine(text);
  });
}
