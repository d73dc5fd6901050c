import { isJsonObject, type JsonObject, systemCode } from "@tokenflow/core/provider";

/** What looks at this machine. Nothing is ever written. */
export interface SignInReader {
  /** A file's text; `undefined` where there is none. */
  readFile(path: string): Promise<string | undefined>;
  /** The rows of `oauth_tokens` in the language server's database, the last used first; `undefined` where there is none. */
  readTokens(path: string): Promise<readonly JsonObject[] | undefined>;
  /** What `gh auth token` prints; `undefined` without gh, or without a sign-in in it. */
  ghToken(host: string): Promise<string | undefined>;
}

const GH_TIMEOUT = 5_000;

/** Node's own files, SQLite (opened read-only) and processes, each loaded when it is first needed. */
export const systemReader: SignInReader = {
  async readFile(path) {
    const { readFile } = await import("node:fs/promises");
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
      throw error;
    }
  },

  async readTokens(path) {
    const { existsSync } = await import("node:fs");
    const { pathToFileURL } = await import("node:url");
    if (!existsSync(path)) return undefined;
    const address = pathToFileURL(path);
    // A database that nobody has open has no log beside it. Reading it the usual way would leave one there.
    if (!existsSync(`${path}-wal`)) address.searchParams.set("immutable", "1");
    // Not by import(): bundlers take "node:" away, and there is no SQLite without it.
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const database = new DatabaseSync(address, { readOnly: true });
    try {
      const rows: readonly unknown[] = database
        .prepare("SELECT * FROM oauth_tokens ORDER BY last_used_at DESC, token_id DESC")
        .all();
      // Their prototype is null; the rest of the world's objects have one.
      return rows.map((row) => ({ ...(isJsonObject(row) ? row : {}) }));
    } finally {
      database.close();
    }
  },

  async ghToken(host) {
    const { execFile } = await import("node:child_process");
    return new Promise((resolve) => {
      const options = { timeout: GH_TIMEOUT, windowsHide: true };
      execFile("gh", ["auth", "token", "--hostname", host], options, (error, printed) => {
        const token = printed.trim();
        resolve(error || token === "" ? undefined : token);
      });
    });
  },
};
