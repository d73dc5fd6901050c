import type { SessionStatus } from "@tokenflow/core";
import type { ProxySession } from "./route.ts";

export interface StartLinesOptions {
  /** As `listen()` answered it. */
  readonly url: string;
  readonly sessions: readonly ProxySession[];
  /** The shell's word for the key, `$TOKENFLOW_PROXY_KEY`; absent where there is none. Never the key itself. */
  readonly key?: string | undefined;
}

/** What a person wants to know at the start: the address, who is signed in, one line for each common client. */
export async function startLines({ url, sessions, key }: StartLinesOptions): Promise<readonly string[]> {
  const base = `${url}/v1`;
  const word = key ?? "unused";
  const header = key === undefined ? "" : ` -H "Authorization: Bearer ${key}"`;
  return [
    `Listening on ${url} · ${key === undefined ? "without a key: for everyone on this machine" : "with a key"}`,
    ...(await Promise.all(sessions.map(sessionLine))),
    `curl    curl ${base}/models${header}`,
    `SDKs    OPENAI_BASE_URL=${base} OPENAI_API_KEY=${word}`,
    `aider   OPENAI_API_BASE=${base} OPENAI_API_KEY=${word} aider --model openai/<model>`,
    `others  any client of Chat Completions: base URL ${base}, API key ${word}`,
  ];
}

async function sessionLine({ manager }: ProxySession): Promise<string> {
  const { provider, account } = manager;
  const who = account === "default" ? provider.name : `${provider.name} (${account})`;
  return `${who}: ${stateText(await manager.status())}`;
}

function stateText({ state, provider, login, origin, expiresAt, failure }: SessionStatus): string {
  const name = origin === "given" ? "given by the environment" : `signed in${login ? ` as ${login}` : ""}`;
  switch (state) {
    case "signed_out":
      return `not signed in. Run: tokenflow login ${provider}`;
    case "revoked":
      return `no longer accepted. Run: tokenflow login ${provider}`;
    case "pending":
      return "waiting for a person to approve";
    case "unavailable":
      return `not readable: ${failure?.message ?? "the store is away"}`;
    case "valid":
    case "due":
    case "expired":
    case "refreshing":
      return expiresAt === undefined
        ? name
        : `${name} · token until ${new Date(expiresAt).toLocaleTimeString()}`;
  }
}
