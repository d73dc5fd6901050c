// Says whether the lock's native module is loaded, after reading and after locking.
import { createRequire } from "node:module";
import { createFileStore } from "@tokenflow/store-file";

const [folder = "", key = ""] = process.argv.slice(2);
const { cache } = createRequire(import.meta.url);
const isLoaded = (): boolean => Object.keys(cache).some((path) => path.includes("fs-native-extensions"));

const store = createFileStore({ folder });
await store.get(key);
for await (const _ of store.iterator?.() ?? []);
process.stdout.write(`read ${isLoaded()}\n`);
await (await store.lock(key)).release();
process.stdout.write(`locked ${isLoaded()}\n`);
