/**
 * Fuzzes what reads bytes from outside.
 *
 *     run.ts                     ten minutes over all targets; writes the corpus and its section of docs/proof.md
 *     run.ts --short             seconds, with the same inputs each time up to the speed of the machine; writes nothing
 *     run.ts --minutes 1 toml    one minute over the targets whose names contain these words
 */
import { parseArgs } from "node:util";
import { writeSection } from "@tokenflow/services";
import { keepBroken, readCorpus, writeCorpus } from "./engine/corpus.ts";
import { fuzzInThread } from "./fuzz-in-thread.ts";
import { TARGETS } from "./targets/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: "boolean", default: false }, minutes: { type: "string", default: "10" } },
});
const SHORT = 1_500;
const targets = TARGETS.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);
const milliseconds = values.short ? SHORT : (Number(values.minutes) * 60_000) / targets.length;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const rows: string[] = [];

for (const { name } of targets) {
  const corpus = (await readCorpus(name)).map(({ bytes }) => bytes);
  const seed = values.short ? 1 : Date.now();
  const result = await fuzzInThread({ name, corpus, seed, milliseconds });
  const row = `| ${name} | ${result.tried} | ${result.corpus.length} | ${result.broken ? 1 : 0} |`;
  rows.push(row);
  say(row);
  if (result.broken) {
    say(`${await keepBroken(name, result.broken.bytes)}\n${result.broken.problem}`);
    process.exitCode = 1;
  } else if (!values.short) await writeCorpus(name, result.corpus);
}
if (!values.short && positionals.length === 0) {
  const today = new Date().toISOString().slice(0, 10);
  const head = "| reader | inputs | kept | broken |\n|---|---|---|---|";
  await writeSection(
    "docs/proof.md",
    "fuzzing",
    `${today}, Node ${process.versions.node}, ${values.minutes} minutes.\n\n${head}\n${rows.join("\n")}`,
  );
}
