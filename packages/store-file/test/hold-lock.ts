// Takes a session's lock and keeps it until it is killed.
import { createFileStore } from "@tokenflow/store-file";

const [folder = "", key = "", title = ""] = process.argv.slice(2);
if (title !== "") process.title = title;
await createFileStore({ folder }).lock(key);
process.stdout.write("held\n");
setInterval(() => undefined, 60_000);
