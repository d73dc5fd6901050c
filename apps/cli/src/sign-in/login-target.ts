import { type OAuthDeclaration, type SessionStoreContext, UsageError } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import { changeConfig } from "../session/change-config.ts";
import { loadOAuthProvider, OAUTH } from "../session/providers.ts";
import { listSessions } from "../session/sessions.ts";

interface LoginFlags {
  readonly host?: string | undefined;
  readonly issuer?: string | undefined;
  readonly "client-id"?: string | undefined;
  readonly scope?: string | undefined;
}

const EXAMPLE = 'Run: tokenflow login oauth --issuer <url> --client-id <id> --scope "openid offline_access"';

/**
 * Which provider a sign-in is to: the one named, else that of the sessions there are. An OAuth server that is
 * described on the command line is written down, so that its sessions can be used afterwards.
 * @throws UsageError where that leaves none or several, and for flags that are another provider's
 */
export async function loginTarget(
  wanted: string | undefined,
  { host, issuer, "client-id": clientId, scope }: LoginFlags,
  place: SessionStoreContext,
  env: Context["env"],
): Promise<{ readonly id: string; readonly place: SessionStoreContext }> {
  const id = wanted ?? (await onlyProvider(place));
  if (host !== undefined && id !== "copilot") throw new UsageError("--host is for login copilot");
  const described = [issuer, clientId, scope].some((value) => value !== undefined);
  if (id !== OAUTH) {
    if (described) throw new UsageError("--issuer, --client-id and --scope are for login oauth", EXAMPLE);
    return { id, place };
  }
  if (!described) return { id: onlyServer(place), place };
  if (issuer === undefined || clientId === undefined) {
    throw new UsageError("login oauth wants --issuer and --client-id", EXAMPLE);
  }
  const declaration: OAuthDeclaration = { issuer, clientId, scope };
  const provider = await loadOAuthProvider(declaration, env);
  const config = await changeConfig(place.folder, (old) => ({
    providers: { ...old.providers, [provider.id]: declaration },
  }));
  return { id: provider.id, place: { ...place, config } };
}

async function onlyProvider(place: SessionStoreContext): Promise<string> {
  const [first, ...others] = new Set((await listSessions(place)).map(({ provider }) => provider));
  if (first !== undefined && others.length === 0) return first;
  throw new UsageError("login wants to know where to", "Run: tokenflow login copilot");
}

function onlyServer({ config }: SessionStoreContext): string {
  const [first, ...others] = Object.keys(config.providers);
  if (first === undefined) throw new UsageError("login oauth wants --issuer and --client-id", EXAMPLE);
  if (others.length === 0) return first;
  throw new UsageError(
    `there are several OAuth servers: ${[first, ...others].join(", ")}`,
    "Name one of them.",
  );
}
