// Reads a session and has nothing left to do; what it opened is still open then.
import { createRedisStore } from "@tokenflow/store-redis";

const [options = "", key = ""] = process.argv.slice(2);
const value = await createRedisStore(JSON.parse(options)).get(key);
process.stdout.write(`read ${value}\n`);
