/** Leaves room for our endings below the 143 bytes of eCryptfs, the shortest limit in use. */
const MAX_LENGTH = 120;

/** How much of a name that is too long stays readable. */
const READABLE = 40;

/**
 * Names that no file may have, with any ending: the devices of Windows (learn.microsoft.com, "Naming Files, Paths, and
 * Namespaces"), and the CLI's own `config.json`.
 */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)|^config$/;

/**
 * Returns the file name, without an ending, of a session's key: `copilot/default` → `copilot`, `copilot/work` →
 * `copilot@work`.
 *
 * No two keys share a name, even on file systems that ignore case or normalise Unicode: every character but
 * `a-z 0-9 . _ -` is escaped as `%3a` or `%u20ac`, and so are a leading dot and the first letter of a reserved name.
 * The name of a key that is not `<provider>/<account>` begins with `+`. A name that would be too long ends in `~` and
 * a hash of the whole; the key is then stored in a file beside it ({@link isHashed}).
 */
export function fileName(key: string): string {
  const slash = key.indexOf("/");
  const provider = escape(key.slice(0, slash));
  const account = escape(key.slice(slash + 1));
  const plain =
    slash === -1
      ? `+${escape(key)}`
      : provider !== "" && account === "default"
        ? provider
        : `${provider}@${account}`;
  const name = plain.replace(/^\./, escapeFirst).replace(RESERVED, escapeFirst);
  if (name.length <= MAX_LENGTH) return name;
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256").update(plain).digest("hex");
  return `${name.slice(0, READABLE).replace(/%[^%]{0,4}$/, "")}~${hash}`;
}

/** Returns the key that a name was made from, `undefined` if {@link fileName} did not make it or it is hashed. */
export function keyOfFileName(name: string): string | undefined {
  if (isHashed(name)) return undefined;
  const at = name.indexOf("@");
  const key = name.startsWith("+")
    ? unescape(name.slice(1))
    : at === -1
      ? `${unescape(name)}/default`
      : `${unescape(name.slice(0, at))}/${unescape(name.slice(at + 1))}`;
  return fileName(key) === name ? key : undefined;
}

/** Returns `true` if a name contains a hash, so that only the file beside it has the key. */
export function isHashed(name: string): boolean {
  return name.includes("~");
}

/** Escapes UTF-16 code units, so that a lone surrogate is a valid key too. */
function escape(text: string): string {
  return text.replace(/[^a-z0-9._-]/g, escapeFirst);
}

function escapeFirst(text: string): string {
  const code = text.charCodeAt(0);
  const digits = code < 0x100 ? code.toString(16).padStart(2, "0") : `u${code.toString(16).padStart(4, "0")}`;
  return `%${digits}${text.slice(1)}`;
}

function unescape(text: string): string {
  return text.replace(/%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g, (_, wide: string | undefined, narrow: string) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow, 16)),
  );
}
