import { pathToFileURL } from "node:url";
import type * as core from "@tokenflow/core";
import type * as encryption from "@tokenflow/core/encryption";
import type * as store from "@tokenflow/core/store";

/** The parts of core that a world is made of. They come from this checkout, or from a changed copy of its sources. */
export interface Engine
  extends Pick<
      typeof core,
      | "TokenFlowError"
      | "createTokenManager"
      | "copySessions"
      | "createMemoryStore"
      | "importSession"
      | "Token"
    >,
    Pick<typeof store, "createLockingStore">,
    Pick<typeof encryption, "rotateSessions"> {}

/**
 * Loads the engine. Another folder has modules, and so state, of its own, as a worker thread has.
 * @param folder the `src` of a copy of core
 */
export async function loadEngine(folder?: string): Promise<Engine> {
  const load = async <T>(name: string, file: string): Promise<T> =>
    (await import(folder === undefined ? name : pathToFileURL(`${folder}/${file}`).href)) as T;
  const [main, forStores, forKeys] = await Promise.all([
    load<typeof core>("@tokenflow/core", "index.ts"),
    load<typeof store>("@tokenflow/core/store", "store.ts"),
    load<typeof encryption>("@tokenflow/core/encryption", "encryption/index.ts"),
  ]);
  return { ...main, ...forStores, ...forKeys };
}
