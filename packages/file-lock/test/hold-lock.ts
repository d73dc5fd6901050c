// Takes the lock and keeps it until it is killed, or releases it at once.
import * as fs from "node:fs/promises";
import { systemClock } from "@tokenflow/core/store";
import { createFileLock, createSafeFolder } from "@tokenflow/file-lock";

const [path = "", then = "hold"] = process.argv.slice(2);
const folder = createSafeFolder(path, { fallbackHint: "Use another folder.", fs });
const lock = await createFileLock({ folder, clock: systemClock })({
  file: "x.lock",
  holderFile: "x.holder",
  what: "The thing",
});
process.stdout.write("held\n");
if (then === "release") await lock.release();
else setInterval(() => undefined, 60_000);
