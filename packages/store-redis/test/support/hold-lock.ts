// Takes a session's lock and keeps it until it is killed.
import { createRedisStore } from "@tokenflow/store-redis";

const [url = "", prefix = "", key = ""] = process.argv.slice(2);
await createRedisStore({ url, prefix }).lock(key);
process.stdout.write("held\n");
setInterval(() => undefined, 60_000);
