#!/usr/bin/env node
/** Writes the pages that come out of the code: what packages export, what programs take, what errors mean. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./documents.ts";
import { writtenPages } from "./written-pages.ts";

for (const [path, text] of Object.entries(writtenPages())) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
