/** Prints what `peek()` and `getToken()` of a version cost, in nanoseconds: `node ask.ts <folder>`. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { nanoseconds } from "../hot-path/measure.ts";

const subjects = join(process.argv[2] ?? "", "tooling/bench/src/hot-path/subjects.ts");
const { openManager } = (await import(
  pathToFileURL(subjects).href
)) as typeof import("../hot-path/subjects.ts");
const manager = await openManager();
const peek = await nanoseconds(() => manager.peek());
const getToken = await nanoseconds(() => manager.getToken());
process.stdout.write(JSON.stringify([peek, getToken]));
