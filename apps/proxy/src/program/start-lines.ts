import { formatMoment, providerWord, sessionWords } from "@tokenflow/common";
import type { SessionStatus } from "@tokenflow/core";
import { setupLines } from "../monitor/setup-lines.ts";
import type { ProxySession } from "../routing/route.ts";
import { readSetupModels } from "./setup-models.ts";

export interface StartLinesOptions {
  /** The address that `listen()` returned. @example "http://127.0.0.1:4141" */
  readonly url: string;
  /** The sessions that the proxy serves, each with its own line. @example [{ manager: copilot }] */
  readonly sessions: readonly ProxySession[];
  /**
   * The shell's name for the key, never the key itself. Absent without a key.
   * @default none
   * @example "$TOKENFLOW_PROXY_KEY"
   */
  readonly key?: string | undefined;
  /** The address of the dashboard. Absent without one. @default none @example "http://127.0.0.1:4141/" */
  readonly dashboard?: string | undefined;
}

/** Returns the lines for the start: the address, who is signed in, and one line for each common client. */
export async function startLines({
  url,
  sessions,
  key,
  dashboard,
}: StartLinesOptions): Promise<readonly string[]> {
  const models = await readSetupModels(sessions[0]?.manager);
  return [
    `Listening on ${url} · ${key === undefined ? "without a key: for everyone on this machine" : "with a key"}`,
    ...(dashboard === undefined ? [] : [`Dashboard: ${dashboard}`]),
    ...(await Promise.all(sessions.map(sessionLine))),
    ...setupLines(url, key, models).map(({ client, text }) => `${client.padEnd(7)} ${text}`),
  ];
}

async function sessionLine({ manager }: ProxySession): Promise<string> {
  const { provider, account } = manager;
  const who = account === "default" ? provider.name : `${provider.name} (${account})`;
  return `${who}: ${stateText(await manager.status())}`;
}

function stateText(status: SessionStatus): string {
  const { state, provider, account, expiresAt } = status;
  const words = sessionWords(status);
  const login = `Run: tokenflow login ${providerWord(provider)}${account === "default" ? "" : ` --account ${account}`}`;
  if (state === "signed_out" || state === "revoked") return `${words}. ${login}`;
  if (state === "unavailable" || state === "pending" || expiresAt === undefined) return words;
  return `${words} · token until ${formatMoment(expiresAt, Date.now())}`;
}
