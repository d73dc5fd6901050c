// Takes a session's lock and keeps it until it is killed.
import { createKeychainStore } from "@tokenflow/store-keychain";

const [lockFolder = "", key = "", service] = process.argv.slice(2);
await createKeychainStore({ lockFolder, service }).lock(key);
process.stdout.write("held\n");
setInterval(() => undefined, 60_000);
