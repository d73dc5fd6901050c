import type { Token } from "@tokenflow/core";
import type { UpstreamRequest } from "@tokenflow/core/provider";

/** Headers that name a conversation. The first one counts. The service gets an id that is derived from it. */
export const CONVERSATION_HEADERS: readonly string[] = [
  "x-claude-code-session-id",
  // Codex, by its version. Its subagents have the session of their parent.
  "session-id",
  "session_id",
  // opencode, by its provider.
  "x-session-affinity",
  "x-session-id",
  "x-opencode-session",
  "thread-id",
  "conversation_id",
];

/** How many ids are remembered: of each account, and of all if the platform has no hash that answers at once. */
const MAX_REMEMBERED = 4_096;

/**
 * Creates the function that returns the id of a request's interaction, under which the service keeps its cache of
 * prompts: the caller's own, else one for the conversation that the caller names, else one for each caller and process.
 */
export function createInteractionIds(): (request: UpstreamRequest, token: Token | undefined) => string {
  let key: string | undefined;
  // Not at once: workerd has no random numbers while a program loads.
  const keyOfThisProcess = (): string => {
    key ??= crypto.randomUUID();
    return key;
  };
  let ownId: string | undefined;
  let derive: Derivation | undefined;
  /** The ids that were derived, by what they were derived for: a hash for each request takes longer. */
  const derived = new WeakMap<object, Map<string, string>>();
  const idOf = (owner: object, secret: () => string, text: string): string => {
    const known = derived.get(owner);
    const ids = known && known.size < MAX_REMEMBERED ? known : new Map<string, string>();
    if (ids !== known) derived.set(owner, ids);
    derive ??= createDerivation();
    const id = ids.get(text) ?? derive(secret(), text);
    ids.set(text, id);
    return id;
  };

  return ({ headers, caller = "" }, token) => {
    const own = headers["x-interaction-id"]?.trim() ?? "";
    if (own !== "") return own;
    for (const name of CONVERSATION_HEADERS) {
      const value = headers[name]?.trim() ?? "";
      if (value === "") continue;
      const text = JSON.stringify([caller, value]);
      return token
        ? idOf(token, () => accountOf(token), text)
        : idOf(keyOfThisProcess, keyOfThisProcess, text);
    }
    if (caller !== "") return idOf(keyOfThisProcess, keyOfThisProcess, caller);
    ownId ??= createUniqueId();
    return ownId;
  };
}

/**
 * Returns what stays the same for an account, so that all processes of a fleet derive the same ids: the tracking id in
 * an exchanged token, else the token itself, which then is a GitHub token.
 */
function accountOf({ accessToken }: Token): string {
  return /(?:^|;)tid=([^;]+)/.exec(accessToken)?.[1] ?? accessToken;
}

/**
 * Returns an id in the form of a UUID. It only has to differ from other ids, and nobody gains by guessing one. So it does
 * without Node's cryptography, which takes longer to load than all that a command needs to print the id.
 */
function createUniqueId(): string {
  const digits = (length: number): string =>
    Array.from({ length }, () => Math.trunc(Math.random() * 16).toString(16)).join("");
  return `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`;
}

type Derivation = (key: string, text: string) => string;

/** Derives an id that tells nothing of the text to those who do not know it. */
function createDerivation(): Derivation {
  const hash = nodeCrypto();
  if (hash) {
    return (key, text) =>
      hash
        .createHmac("sha256", key)
        .update(text)
        .digest("hex")
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
  }
  const known = new Map<string, string>();
  return (key, text) => {
    const name = `${key} ${text}`;
    const id = known.get(name) ?? crypto.randomUUID();
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(name, id);
    return id;
  };
}

/** Returns Node's module, which Bun and Deno have too, without an import that others could not load. */
function nodeCrypto(): typeof import("node:crypto") | undefined {
  return typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:crypto");
}
