import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** Whom we are measured against, by exact version. They are installed when asked for, each into a folder of its own. */
export const PEERS = {
  "@azure/core-rest-pipeline": "1.25.0",
  "@azure/msal-node": "7.2.1",
  "@octokit/auth-oauth-device": "8.0.5",
  "@smithy/property-provider": "4.5.2",
  "copilot-api": "0.7.0",
  "google-auth-library": "11.3.4",
  keyv: "6.1.0",
  oauth4webapi: "3.8.8",
  "openid-client": "6.8.9",
} as const;

export type Peer = keyof typeof PEERS;

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, "../../.output/peers");

/** Installs a peer unless it is there, and answers the folder that its `node_modules` is in. */
export async function installPeer(peer: Peer): Promise<string> {
  const folder = join(FOLDER, `${peer.replace("/", "+")}@${PEERS[peer]}`);
  if (existsSync(folder)) return folder;
  await installInto(`${folder}.part`, [`${peer}@${PEERS[peer]}`]);
  await rename(`${folder}.part`, folder);
  return folder;
}

/** A fresh folder with these packages in it, by npm. */
export async function installInto(folder: string, packages: readonly string[]): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  await run("npm", ["install", ...flags, ...packages], { cwd: folder });
}

/** Imports a peer as a program in its folder would, or one of its files. */
export async function importPeer(peer: Peer, file?: string): Promise<Record<string, unknown>> {
  const folder = await installPeer(peer);
  const path =
    file === undefined
      ? createRequire(join(folder, "x.js")).resolve(peer)
      : join(folder, "node_modules", peer, file);
  return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
}
