// One of many programs that share a session: asks for the token until it has seen a number of different ones.
import { setTimeout as wait } from "node:timers/promises";
import { createTokenManager, isTokenFlowError } from "@tokenflow/core";
import { createRedisStore } from "@tokenflow/store-redis";
import { createRotatingProvider } from "./rotating-provider.ts";

const [serverUrl = "", tokens = "", ...urls] = process.argv.slice(2);
const store = createRedisStore({ url: urls[0] });
const manager = createTokenManager({ provider: createRotatingProvider(serverUrl), store });
const last = Number(tokens);
for (let number = 0; number < last; await wait(20 + Math.random() * 30)) {
  const token = await manager.getToken().catch(ifBusy);
  if (!token) continue;
  if (!token.isAlive()) throw new Error("A dead token was handed out");
  number = Number(token.accessToken.slice("token-".length));
}
await manager.close();
await store.disconnect?.();
process.stdout.write("done\n");

/** A machine that has a lot to do may keep us from an answer for longer than the time-out. */
function ifBusy(error: unknown): undefined {
  if (!isTokenFlowError(error, "store.unavailable")) throw error;
}
