import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** The libraries that we compare with. Each is installed into its own folder when it is first needed. */
export const PEERS = {
  "@azure/core-rest-pipeline": "1.25.0",
  "@azure/msal-node": "7.2.1",
  "@octokit/auth-oauth-device": "8.0.5",
  "@smithy/property-provider": "4.5.2",
  "copilot-api": "0.7.0",
  "google-auth-library": "11.3.4",
  keyv: "6.1.0",
} as const;

export type Peer = keyof typeof PEERS;

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, "../../.output/peers");

/** Installs a peer unless it is there. Returns the folder that holds its `node_modules`. */
export async function installPeer(peer: Peer): Promise<string> {
  const folder = join(FOLDER, `${peer.replace("/", "+")}@${PEERS[peer]}`);
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  await writeFile(join(part, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  await run("npm", ["install", ...flags, `${peer}@${PEERS[peer]}`], { cwd: part });
  await rename(part, folder);
  return folder;
}

/** Imports a peer, or one of its files, as a program in its folder would. */
export async function importPeer(peer: Peer, file?: string): Promise<Record<string, unknown>> {
  const folder = await installPeer(peer);
  const path =
    file === undefined
      ? createRequire(join(folder, "x.js")).resolve(peer)
      : join(folder, "node_modules", peer, file);
  return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
}
