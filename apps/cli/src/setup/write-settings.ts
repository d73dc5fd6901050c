import { EXIT, shortenHome, UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import type { SettingsFile } from "../clients/client.ts";
import { planFile } from "./plan-file.ts";
import { writePlanned } from "./write-file.ts";

export interface WriteOptions {
  /** The client as `setup` names it. */
  readonly name: string;
  readonly files: readonly SettingsFile[];
  /** True if the person has agreed on the command line. */
  readonly agreed: boolean;
}

/** Shows what changes in a client's files, asks, and writes. All files are read and planned before any is written. */
export async function writeSettings(
  { name, files, agreed }: WriteOptions,
  { terminal, signal }: Context,
): Promise<number> {
  if (files.length === 0) {
    throw new UsageError(
      `setup writes no file of ${name}`,
      `Use the lines that it prints: tokenflow setup ${name}`,
    );
  }
  const plans = [];
  for (const file of files) plans.push(await planFile(file));
  const changed = plans.filter(({ diff }) => diff !== "");
  for (const { path, diff } of plans) {
    terminal.say(diff === "" ? `${shortenHome(path)} has these settings already.` : diff);
  }
  if (changed.length === 0) return EXIT.done;
  if (!agreed) {
    const answer = await terminal.ask(`Write ${changed.length === 1 ? "this" : "these"}? [y/N] `, signal);
    if (answer === undefined) {
      throw new UsageError(
        "setup --write asks before it writes, and cannot ask you here",
        `To agree, run: tokenflow setup ${name} --write --yes`,
      );
    }
    if (!/^y(es)?$/i.test(answer.trim())) {
      terminal.say("Nothing was written.");
      return EXIT.done;
    }
  }
  for (const plan of changed) {
    const backup = await writePlanned(plan);
    const kept = backup === undefined ? "" : ` The old file is ${shortenHome(backup)}.`;
    terminal.say(`Wrote ${shortenHome(plan.path)}.${kept}`);
  }
  return EXIT.done;
}
