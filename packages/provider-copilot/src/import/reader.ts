import { isJsonObject, type JsonObject, systemCode } from "@tokenflow/core/provider";

/** Reads this machine's files, databases and `gh`. Writes nothing. */
export interface SignInReader {
  /**
   * Returns the first 4 MiB of a file, `undefined` if there is no such file. Waits for no pipe and reads no device.
   * @throws `Error` for what is no regular file, the system's error if it cannot be read
   */
  readFile(path: string): Promise<string | undefined>;
  /** Returns the rows of `oauth_tokens` in the language server's database, last used first; `undefined` without a database. */
  readTokens(path: string): Promise<readonly JsonObject[] | undefined>;
  /** Returns the output of `gh auth token`; `undefined` without gh, or if nobody is signed in to it. */
  ghToken(host: string): Promise<string | undefined>;
}

const GH_TIMEOUT = 5_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** Uses Node's files, SQLite (opened read-only) and processes. Each is loaded on first use. */
export const systemReader: SignInReader = {
  async readFile(path) {
    const { constants, open } = await import("node:fs/promises");
    try {
      // With O_NONBLOCK a named pipe opens at once. Windows has neither.
      await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const state = await file.stat();
      if (!state.isFile()) throw new Error("It is not a regular file.");
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(Math.min(state.size, MAX_BYTES)),
      });
      return buffer.toString("utf8", 0, bytesRead);
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
    // Without a log beside it nobody has the database open, and reading it in the usual way would leave a log there.
    if (!existsSync(`${path}-wal`)) address.searchParams.set("immutable", "1");
    const { DatabaseSync } = loadSqlite();
    const database = new DatabaseSync(address, { readOnly: true });
    try {
      const rows: readonly unknown[] = database
        .prepare("SELECT * FROM oauth_tokens ORDER BY last_used_at DESC, token_id DESC")
        .all();
      // The rows of node:sqlite have a null prototype; the copies have the usual one.
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

/** Loads SQLite without the warning of Node 22 that it is experimental, which is none of a user's business. */
function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  // The module is loaded before this function returns, so no other warning is lost.
  process.emitWarning = () => undefined;
  try {
    // Not by import(): bundlers remove "node:", and SQLite exists only under that name.
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
