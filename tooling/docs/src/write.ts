#!/usr/bin/env node
/** Writes the pages that come from the code: exports of packages, flags of programs, meanings of errors. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./documents.ts";
import { writtenPages } from "./written-pages.ts";

for (const [path, text] of Object.entries(writtenPages())) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
