import type { Token } from "@tokenflow/core";
import type { UpstreamRequest } from "@tokenflow/core/provider";

/** Headers that name a conversation. The first one counts. */
const CONVERSATION = [
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
] as const;

/** Ids of conversations that are remembered if the platform has no hash that answers at once. */
const MAX_REMEMBERED = 4_096;

/**
 * Creates the function that returns the id of a request's interaction, under which the service keeps its cache of
 * prompts: the caller's own, else one for the conversation that the caller names, else one for each caller and process.
 */
export function createInteractionIds(): (request: UpstreamRequest, token: Token | undefined) => string {
  let processId: string | undefined;
  // Not at once: workerd has no random numbers while a program loads.
  const ofThisProcess = (): string => {
    processId ??= crypto.randomUUID();
    return processId;
  };
  const derive = createDerivation();

  return ({ headers, caller = "" }, token) => {
    const own = headers["x-interaction-id"]?.trim() ?? "";
    if (own !== "") return own;
    for (const name of CONVERSATION) {
      const value = headers[name]?.trim() ?? "";
      if (value !== "") return derive(accountOf(token) ?? ofThisProcess(), JSON.stringify([caller, value]));
    }
    return derive(ofThisProcess(), caller);
  };
}

/**
 * Returns what stays the same for an account, so that all processes of a fleet derive the same ids: the tracking id in
 * an exchanged token, else the token itself, which then is a GitHub token.
 */
function accountOf(token: Token | undefined): string | undefined {
  const text = token?.accessToken;
  return text === undefined ? undefined : (/(?:^|;)tid=([^;]+)/.exec(text)?.[1] ?? text);
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
