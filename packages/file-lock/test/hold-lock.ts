// Takes the lock and keeps it until it is killed.
import * as fs from "node:fs/promises";
import { systemClock } from "@tokenflow/core/store";
import { createFileLock, createSafeFolder } from "@tokenflow/file-lock";

const [path = ""] = process.argv.slice(2);
const folder = createSafeFolder(path, { fallbackHint: "Use another folder.", fs });
await createFileLock({ folder, clock: systemClock })({
  file: "x.lock",
  holderFile: "x.holder",
  what: "The thing",
});
process.stdout.write("held\n");
setInterval(() => undefined, 60_000);
