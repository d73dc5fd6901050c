import {
  listSessions,
  loadOAuthProvider,
  OAUTH,
  type OAuthDeclaration,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { changeConfig } from "../session/change-config.ts";
import { isConfigured } from "../session/sessions.ts";

interface LoginFlags {
  readonly host?: string | undefined;
  readonly issuer?: string | undefined;
  readonly "client-id"?: string | undefined;
  readonly scope?: string | undefined;
}

const EXAMPLE = 'Run: tokenflow login oauth --issuer <url> --client-id <id> --scope "openid offline_access"';

/**
 * Chooses the provider of a sign-in: the given one, else the only one with sessions. Saves an OAuth server of the
 * command line in `config.json`, so that its sessions can be used later.
 * @throws UsageError if none or several are left, and for options of another provider
 */
export async function loginTarget(
  wanted: string | undefined,
  { host, issuer, "client-id": clientId, scope }: LoginFlags,
  storeContext: SessionStoreContext,
  env: Context["env"],
): Promise<{ readonly id: string; readonly storeContext: SessionStoreContext }> {
  const id = wanted ?? (await onlyProvider(storeContext));
  if (host !== undefined && id !== "copilot")
    throw new UsageError("--host is an option of login copilot only");
  const isDescribed = [issuer, clientId, scope].some((value) => value !== undefined);
  if (id !== OAUTH) {
    if (isDescribed)
      throw new UsageError("--issuer, --client-id and --scope are options of login oauth only", EXAMPLE);
    return { id, storeContext };
  }
  if (!isDescribed) return { id: onlyServer(storeContext), storeContext };
  if (issuer === undefined || clientId === undefined) {
    throw new UsageError("login oauth needs --issuer and --client-id", EXAMPLE);
  }
  const declaration: OAuthDeclaration = { issuer, clientId, scope };
  const provider = await loadOAuthProvider(declaration, env);
  const config = await changeConfig(storeContext.folder, (old) => ({
    providers: { ...old.providers, [provider.id]: declaration },
  }));
  return { id: provider.id, storeContext: { ...storeContext, config } };
}

async function onlyProvider(storeContext: SessionStoreContext): Promise<string> {
  const names = (await listSessions(storeContext)).filter((name) => isConfigured(name, storeContext));
  const [first, ...others] = new Set(names.map(({ provider }) => provider));
  if (first !== undefined && others.length === 0) return first;
  throw new UsageError("specify a provider", "Run: tokenflow login copilot");
}

function onlyServer({ config }: SessionStoreContext): string {
  const [first, ...others] = Object.keys(config.providers);
  if (first === undefined) throw new UsageError("login oauth needs --issuer and --client-id", EXAMPLE);
  if (others.length === 0) return first;
  throw new UsageError(
    `several OAuth servers are known: ${[first, ...others].join(", ")}`,
    "Choose one of them.",
  );
}
