import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Options } from "tsup";

/**
 * Returns the code of a worker thread as one CommonJS script, for `new Worker(code, { eval: true })`. The thread then
 * needs no file of its own, which a program that bundles the package would not have.
 */
export async function buildWorker(source: string, { target }: Pick<Options, "target">): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tokenflow-worker-"));
  try {
    await build({
      config: false,
      entry: { worker: source },
      outDir: folder,
      outExtension: () => ({ js: ".cjs" }),
      format: "cjs",
      ...(target === undefined ? {} : { target }),
      minify: true,
      dts: false,
      silent: true,
      removeNodeProtocol: false,
    });
    return readFileSync(join(folder, "worker.cjs"), "utf8").trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
