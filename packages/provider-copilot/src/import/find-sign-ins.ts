import type { Grant } from "@tokenflow/core";
import type { JsonObject } from "@tokenflow/core/provider";
import { createCopilotGrant } from "../service/grant.ts";
import {
  type Candidate,
  parseFile,
  readCrushFile,
  readEnvironment,
  readGivenFile,
  readOpencodeFile,
  readPluginFile,
  readTokenRow,
} from "./formats.ts";
import { crushFile, join, type Machine, opencodeFile, pluginFolders } from "./places.ts";
import { type SignInReader, systemReader } from "./reader.ts";

export interface FindSignInsOptions extends Machine {
  /** Only sign-ins of exactly this host. @default "github.com" */
  readonly host?: string | undefined;
  /**
   * One file, and nothing else is then looked at: TokenFlow's cache format, a token alone, or a file of a program
   * whose files are found by themselves (`apps.json`, `auth.db`, …), wherever it lies.
   */
  readonly file?: string | undefined;
  /** @default the system's own files, read-only */
  readonly reader?: SignInReader | undefined;
}

/** A sign-in that another program made. To be used only with a yes, and never revoked. */
export interface FoundSignIn {
  /** A variable's name, a path, or `gh auth token`. */
  readonly source: string;
  readonly host: string;
  readonly user?: string | undefined;
  /** The app that asked for consent, where the source says so. */
  readonly clientId?: string | undefined;
  /**
   * A function, so that no log line shows what it answers.
   * @param clientId the app that asked for consent, where GitHub was asked since the source does not say
   */
  grant(clientId?: string): Grant;
}

/** What was there and cannot be used, and why. */
export interface UnusableSignIn {
  readonly source: string;
  readonly reason: string;
}

export interface CopilotSignIns {
  /** The one to be tried first stands first; the same token stands here once. */
  readonly found: readonly FoundSignIn[];
  readonly unusable: readonly UnusableSignIn[];
}

/** What files hold. Anything else there is encrypted, or of another kind. */
const IN_FILES = /^gh[ou]_\w+$/;
/** What a person may have put into a variable besides. */
const BY_HAND = /^(?:gh[ou]_|github_pat_)\w+$/;

/** What every database of that kind begins with. */
const SQLITE = "SQLite format 3";

type Look = () => Promise<readonly Candidate[]>;

/**
 * Looks for sign-ins to GitHub that Copilot may be reached with: environment variables, the editors' plugins and
 * their language server, gh, crush, opencode. Reads, and writes nothing; to be called only when the person agreed.
 * Never rejects: what cannot be read is `unusable`.
 */
export async function findCopilotSignIns(options: FindSignInsOptions): Promise<CopilotSignIns> {
  const { host = "github.com", file, reader = systemReader } = options;
  const found = new Map<string, FoundSignIn>();
  const unusable: UnusableSignIn[] = [];

  const look = async (source: string, shape: RegExp, read: Look): Promise<void> => {
    const candidates = await read().catch(() => undefined);
    if (!candidates) unusable.push({ source, reason: "It cannot be read." });
    for (const { host: whose, value, user, clientId, name } of candidates ?? []) {
      if (whose !== host) continue;
      const where = name !== undefined && source === "" ? name : source;
      if (typeof value !== "string" || !shape.test(value)) {
        unusable.push({ source: where, reason: reasonAgainst(value) });
      } else if (!found.has(value)) {
        const more = { ...(user ? { user } : {}), ...(clientId ? { clientId } : {}) };
        const grant = (asked?: string): Grant =>
          createCopilotGrant(value, { host, clientId: clientId ?? asked });
        found.set(value, { source: where, host, ...more, grant });
      }
    }
  };
  const lookAt = (path: string, read: (json: JsonObject) => readonly Candidate[]): Promise<void> =>
    look(path, IN_FILES, async () => {
      const text = await reader.readFile(path);
      return text === undefined ? [] : read(parseFile(text));
    });

  if (file !== undefined) {
    let held = 0;
    await look(file, BY_HAND, async () => {
      const text = await reader.readFile(file);
      if (text === undefined) throw new Error("There is no such file");
      const isDatabase = text.startsWith(SQLITE);
      const candidates = isDatabase
        ? ((await reader.readTokens(file)) ?? []).map(readTokenRow)
        : readGivenFile(text, host);
      held = candidates.length;
      return candidates;
    });
    if (found.size + unusable.length === 0) {
      const reason = held > 0 ? "It is of another host." : "There is no sign-in in it.";
      unusable.push({ source: file, reason });
    }
    return { found: [...found.values()], unusable };
  }

  await look("", BY_HAND, async () => readEnvironment(options.env));
  for (const folder of pluginFolders(options)) {
    const database = join(options, folder, "auth.db");
    await look(database, IN_FILES, async () => ((await reader.readTokens(database)) ?? []).map(readTokenRow));
    await lookAt(join(options, folder, "apps.json"), readPluginFile);
    await lookAt(join(options, folder, "hosts.json"), readPluginFile);
  }
  await lookAt(opencodeFile(options), readOpencodeFile);
  await lookAt(crushFile(options), readCrushFile);
  await look("gh auth token", BY_HAND, async () => {
    const value = await reader.ghToken(host);
    return value === undefined ? [] : [{ host, value }];
  });
  return { found: [...found.values()], unusable };
}

function reasonAgainst(value: unknown): string {
  if (typeof value !== "string" || value === "") return "There is no token in it.";
  if (value.startsWith("ghp_")) return "Copilot takes no classic personal access token (ghp_).";
  if (value.startsWith("ghs_")) return "It is the token of a workflow or an app (ghs_), not of a person.";
  if (value.startsWith("tid="))
    return "It is a Copilot token, which ends soon and cannot be renewed by itself.";
  return "It is not a GitHub token that can be read; it may be encrypted.";
}
