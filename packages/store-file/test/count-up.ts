// Counts a session up by compare-and-set, four writers at a time, reading again after each defeat.
import { createFileStore } from "@tokenflow/store-file";

const [folder = "", key = "", times = "0"] = process.argv.slice(2);

async function count(): Promise<void> {
  const store = createFileStore({ folder });
  for (let done = 0; done < Number(times); ) {
    const seen = await store.get<string>(key);
    const next = String(Number(seen ?? 0) + 1);
    if (await store.replace(key, typeof seen === "string" ? seen : undefined, next)) done += 1;
  }
}
await Promise.all([count(), count(), count(), count()]);
