/** Leaves room for our endings below eCryptfs' 143 bytes, the shortest limit in use. */
const MAX_LENGTH = 120;

/** Of a name that is too long, this much stays readable. */
const READABLE = 40;

/**
 * What no file may be called, whatever its ending: the devices of Windows (learn.microsoft.com, "Naming Files,
 * Paths, and Namespaces"), and the CLI's own `config.json`.
 */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)|^config$/;

/**
 * The file name, without an ending, of a session's key: `copilot/default` → `copilot`, `copilot/work` →
 * `copilot@work`. No two keys share one, on file systems that ignore case or normalise Unicode neither:
 * everything but `a-z 0-9 . _ -` is escaped, `%3a` or `%u20ac`, and so are a leading dot and the first
 * letter of a reserved name. A key that is not `<provider>/<account>` begins with `+`. What would be too
 * long ends in `~` and a hash of the whole; the key is then kept in a file beside ({@link isHashed}).
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

/** The key that a name was made from; `undefined` where it was not made by {@link fileName}, or is hashed. */
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

/** Whether a name ends in a hash, so that only the file beside knows its key. */
export function isHashed(name: string): boolean {
  return name.includes("~");
}

/** By UTF-16 code units, so that a lone surrogate is a key like any other. */
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
