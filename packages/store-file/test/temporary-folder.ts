import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A place for sessions that does not exist yet, in a folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), "tokenflow-store-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return join(parent, "tokenflow");
}
