#!/usr/bin/env node
/**
 * Checks the words of sources, messages and pages: no banned word, and under 5 % of the doc comments begin with a
 * question word. Prints `file:line: word` for each finding and one line of totals. Usage: `tokenflow-prose`
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Finding, findBannedWords, readDocComments } from "./rules/prose-rules.ts";

const MAX_SHARE = 0.05;
/** Golden files repeat the messages of the sources; these two files are about the banned words. */
const EXEMPT = /(?:^|\/)(?:golden|fixtures?)\/|prose-rules\.ts$|knows-plain-english\.test\.ts$/;

const root: string = resolve(import.meta.dirname, "../../..");
const files: readonly string[] = execFileSync("git", ["ls-files", "*.ts", "*.md", "*.html"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && !EXEMPT.test(file) && existsSync(join(root, file)));

const banned: string[] = [];
const questions: string[] = [];
let comments = 0;
for (const file of files) {
  const text = readFileSync(join(root, file), "utf8");
  const print = ({ line, word }: Finding): string => `${file}:${line}: ${word}`;
  banned.push(...findBannedWords(file, text).map(print));
  if (!/^(?:packages|apps|tooling)\/[^/]+\/src\/.*\.ts$/.test(file)) continue;
  const found = readDocComments(text);
  comments += found.length;
  questions.push(...found.filter(({ word }) => word !== "").map(print));
}

const share: number = questions.length / Math.max(comments, 1);
if (banned.length > 0) console.error(`${banned.join("\n")}\nWrite the plain word instead.`);
if (share >= MAX_SHARE)
  console.error(`${questions.join("\n")}\nBegin with a verb: "Returns…", "Waits until…".`);
console.log(
  `${files.length} files, ${banned.length} banned words, ${comments} doc comments, ${(share * 100).toFixed(1)} % begin with a question word`,
);
process.exitCode = banned.length > 0 || share >= MAX_SHARE ? 1 : 0;
