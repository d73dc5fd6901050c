// Writes one record after the other, each recognisably whole, until it is killed.
import { createFileStore } from "@tokenflow/store-file";
import { wholeRecord } from "./whole-record.ts";

const [folder = "", key = ""] = process.argv.slice(2);
const store = createFileStore({ folder });
process.stdout.write("writing\n");
for (let count = 0; ; count += 1) {
  const seen = await store.get<string>(key);
  await store.replace(key, typeof seen === "string" ? seen : undefined, wholeRecord(process.pid, count));
}
