import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Engine, loadEngine } from "../world/engine.ts";
import type { Edit } from "./fault.ts";

const CORE = fileURLToPath(new URL("../../../../packages/core", import.meta.url));

/** An engine from a copy of core's sources. The copy is deleted with it. */
export interface ChangedEngine extends AsyncDisposable {
  readonly engine: Engine;
}

/**
 * Loads core from a copy of its sources with some edits. Without edits it is the same engine with state of its own.
 * @throws if a text to find is not there exactly once: then the engine has changed, and the edit is to be written again
 */
export async function loadChanged(edits: readonly Edit[]): Promise<ChangedEngine> {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-engine-"));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await cp(join(CORE, "src"), join(folder, "src"), { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await symlink(join(CORE, "node_modules"), join(folder, "node_modules"));
    for (const { file, find, put } of edits) {
      const path = join(folder, "src", file);
      const parts = (await readFile(path, "utf8")).split(find);
      if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
      await writeFile(path, parts.join(put));
    }
    return { engine: await loadEngine(join(folder, "src")), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
