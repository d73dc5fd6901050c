// Eight writers, each with a store of its own, write one recognisably whole record after the other until they are killed.
import { createFileStore } from "@tokenflow/store-file";
import { wholeRecord } from "./whole-record.ts";

const [folder = "", key = ""] = process.argv.slice(2);
process.stdout.write("writing\n");

async function write(): Promise<void> {
  const store = createFileStore({ folder });
  for (let count = 0; ; count += 1) {
    const seen = await store.get<string>(key);
    await store.replace(key, typeof seen === "string" ? seen : undefined, wholeRecord(process.pid, count));
  }
}
await Promise.all(Array.from({ length: 8 }, write));
