import type { Grant } from "@tokenflow/core";
import type { JsonObject } from "@tokenflow/core/provider";
import { createCopilotGrant } from "../service/grant.ts";
import { crushFile, join, opencodeFile, pluginFolders, type SystemContext } from "./file-paths.ts";
import {
  type Candidate,
  parseFile,
  readCrushFile,
  readEnvironment,
  readNamedFile,
  readOpencodeFile,
  readPluginFile,
  readTokenRow,
} from "./formats.ts";
import { type SignInReader, systemReader } from "./reader.ts";

export interface FindSignInsOptions extends SystemContext {
  /** Finds only sign-ins of exactly this host. @default "github.com" @example "tenant.ghe.com" */
  readonly host?: string | undefined;
  /**
   * Reads this file and nothing else. It holds a token alone, TokenFlow's cache format, or the format of a known
   * program, as `apps.json` and `auth.db` do.
   * @default the usual paths
   * @example "./apps.json"
   */
  readonly file?: string | undefined;
  /**
   * Reads files, databases and `gh`.
   * @default the system's own, read-only
   * @example { readFile, readTokens, ghToken }
   */
  readonly reader?: SignInReader | undefined;
}

/** A sign-in by another program. Use it only after the person agreed, and never revoke it. */
export interface FoundSignIn {
  /** A variable's name, a path, or `gh auth token`. */
  readonly source: string;
  readonly host: string;
  readonly user?: string | undefined;
  /** The app that asked for consent, if the source names it. */
  readonly clientId?: string | undefined;
  /**
   * Returns the grant. This is a function so that no log line shows the secret.
   * @param clientId the app that asked for consent, if the source does not name it and GitHub was asked
   */
  grant(clientId?: string): Grant;
}

/** A source that cannot be used, and why. */
export interface UnusableSignIn {
  readonly source: string;
  readonly reason: string;
}

export interface CopilotSignIns {
  /** Sorted by which to try first. Each token is listed once. */
  readonly found: readonly FoundSignIn[];
  readonly unusable: readonly UnusableSignIn[];
}

/** Tokens in files. Anything else there is encrypted, or of another kind. */
const IN_FILES = /^gh[ou]_\w+$/;
/** Tokens that a person may have put into a variable. */
const BY_HAND = /^(?:(?:gh[ou]_|github_pat_)\w+|ghs_[\w.-]+)$/;

/** The first bytes of every SQLite database. */
const SQLITE = "SQLite format 3";

type ReadCandidates = () => Promise<readonly Candidate[]>;

/**
 * Finds sign-ins to GitHub that may work for Copilot: in environment variables, the editors' plugins and their language
 * server, gh, crush and opencode. Writes nothing. Call it only after the person agreed.
 * Never rejects: a source that cannot be read is listed as `unusable`.
 * @example
 * const { found } = await findCopilotSignIns({ env: process.env, home: homedir(), platform: process.platform });
 */
export async function findCopilotSignIns(options: FindSignInsOptions): Promise<CopilotSignIns> {
  const { host = "github.com", file, reader = systemReader } = options;
  const found = new Map<string, FoundSignIn>();
  const unusable: UnusableSignIn[] = [];

  const collect = async (source: string, shape: RegExp, read: ReadCandidates): Promise<void> => {
    const candidates = await read().catch(() => undefined);
    if (!candidates) unusable.push({ source, reason: "It cannot be read." });
    for (const { host: candidateHost, value, user, clientId, name } of candidates ?? []) {
      if (candidateHost !== host) continue;
      const label = name !== undefined && source === "" ? name : source;
      if (typeof value !== "string" || !shape.test(value)) {
        unusable.push({ source: label, reason: reasonAgainst(value) });
      } else if (!found.has(value)) {
        const details = { ...(user ? { user } : {}), ...(clientId ? { clientId } : {}) };
        const grant = (askedClientId?: string): Grant =>
          createCopilotGrant(value, { host, clientId: clientId ?? askedClientId });
        found.set(value, { source: label, host, ...details, grant });
      }
    }
  };
  const collectFile = (path: string, read: (json: JsonObject) => readonly Candidate[]): Promise<void> =>
    collect(path, IN_FILES, async () => {
      const text = await reader.readFile(path);
      return text === undefined ? [] : read(parseFile(text));
    });

  if (file !== undefined) {
    let count = 0;
    await collect(file, BY_HAND, async () => {
      const text = await reader.readFile(file);
      if (text === undefined) throw new Error("No such file");
      const isDatabase = text.startsWith(SQLITE);
      const candidates = isDatabase
        ? ((await reader.readTokens(file)) ?? []).map(readTokenRow)
        : readNamedFile(text, host);
      count = candidates.length;
      return candidates;
    });
    if (found.size + unusable.length === 0) {
      const reason = count > 0 ? "It belongs to another host." : "It contains no sign-in.";
      unusable.push({ source: file, reason });
    }
    return { found: [...found.values()], unusable };
  }

  await collect("", BY_HAND, async () => readEnvironment(options.env));
  for (const folder of pluginFolders(options)) {
    const database = join(options, folder, "auth.db");
    await collect(database, IN_FILES, async () =>
      ((await reader.readTokens(database)) ?? []).map(readTokenRow),
    );
    await collectFile(join(options, folder, "apps.json"), readPluginFile);
    await collectFile(join(options, folder, "hosts.json"), readPluginFile);
  }
  await collectFile(opencodeFile(options), readOpencodeFile);
  await collectFile(crushFile(options), readCrushFile);
  await collect("gh auth token", BY_HAND, async () => {
    const value = await reader.ghToken(host);
    return value === undefined ? [] : [{ host, value }];
  });
  return { found: [...found.values()], unusable };
}

function reasonAgainst(value: unknown): string {
  if (typeof value !== "string" || value === "") return "It contains no token.";
  if (value.startsWith("ghp_")) return "Copilot does not support classic personal access tokens (ghp_).";
  if (value.startsWith("tid=")) return "It is a Copilot token, which expires soon and cannot be renewed.";
  return "It is not a readable GitHub token; it may be encrypted.";
}
