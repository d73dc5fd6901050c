import {
  clientSecretVariable,
  isMcpServer,
  isProviderName,
  listSessions,
  loadOAuthProvider,
  OAUTH,
  type OAuthDeclaration,
  PROVIDERS,
  requireProvider,
  type SessionStoreContext,
  UsageError,
} from "@tokenflow/common";
import type { Provider } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { isConfigured } from "../session/sessions.ts";
import { describeService, findService } from "./known-service.ts";
import { describeMcpServer } from "./mcp-server.ts";
import { readOAuthFlags, setOAuthFlags } from "./oauth-flags.ts";
import { registerClient } from "./registered-client.ts";
import { saveDeclaration, savingDeclaration } from "./save-settings.ts";

interface LoginFlags extends NonNullable<Parameters<typeof readOAuthFlags>[0]> {
  readonly host?: string | undefined;
  readonly account?: string | undefined;
}

/** The provider to sign in to. */
export interface LoginTarget {
  readonly id: string;
  /** With the declaration of the command line, which is not saved yet. */
  readonly storeContext: SessionStoreContext;
  /** The declaration to save once somebody has signed in. A failed sign-in must not change one that works. */
  readonly declaration?: OAuthDeclaration | undefined;
  /** The provider, if this sign-in gives it more than what is saved: a declaration, a secret, a registered client. */
  readonly provider?: Provider | undefined;
}

const DESCRIBE = "--issuer <url> --client-id <id>";
const EXAMPLE = `Run: tokenflow login oauth ${DESCRIBE} --scope "openid offline_access"`;

/**
 * Chooses the provider of a sign-in: the given one, else the only one with sessions. An OAuth server may be described on
 * the command line, under a name or as `oauth`.
 * @throws UsageError if none or several are left, and for options of another provider
 */
export async function loginTarget(
  wanted: string | undefined,
  flags: LoginFlags,
  storeContext: SessionStoreContext,
  context: Context,
): Promise<LoginTarget> {
  const { terminal, env, signal } = context;
  const id = wanted ?? (await onlyProvider(storeContext));
  if (flags.host !== undefined && id !== "copilot")
    throw new UsageError("--host is an option of login copilot only");
  if (isMcpServer(id)) {
    const typed = flags["client-secret-stdin"] ? await readSecret(terminal) : undefined;
    return { id, storeContext, provider: await describeMcpServer(id, flags, typed?.text, storeContext) };
  }
  const described = setOAuthFlags(flags);
  if (Object.hasOwn(PROVIDERS, id)) {
    const [first] = described;
    if (first !== undefined) throw new UsageError(`--${first} is an option of OAuth servers only`, EXAMPLE);
    return { id, storeContext };
  }
  const { providers } = storeContext.config;
  const known = Object.hasOwn(providers, id) ? providers[id] : undefined;
  const given = readOAuthFlags(flags);
  const service = known ? undefined : await findService(id, given);
  const isRegistered = usesRegisteredClient(given, known);
  if (described.length === 0 && !service && !isRegistered) {
    return { id: id === OAUTH ? onlyServer(storeContext) : id, storeContext };
  }
  if (id !== OAUTH && !known && !isProviderName(id)) {
    throw new UsageError(
      `"${id}" cannot name a provider`,
      "Use small letters, digits and hyphens, and begin with a letter. A few names are reserved, such as constructor.",
    );
  }
  if (given.variables && !service && known?.service === undefined) {
    throw new UsageError(
      `--${flags.tenant === undefined ? "variable" : "tenant"} is an option of services that are known by name`,
      "Give the service with --service, or write the whole address into --issuer.",
    );
  }
  const typed = flags["client-secret-stdin"] ? await readSecret(terminal) : undefined;
  // Some servers know a workload by its token alone.
  const needsNoClient = isRegistered || (given.grant !== undefined && given.clientId === undefined && !known);
  const asked = needsNoClient ? { ...given, clientId: "" } : given;
  const server = service
    ? await describeService(id, asked, service, {
        ask: (question) => terminal.ask(question, signal),
        say: (line) => terminal.say(line),
        isThere: terminal.interactive,
        hasSecret: isRegistered || typed !== undefined || Boolean(env[clientSecretVariable(id)]),
      })
    : describe(id, asked, known);
  const { declaration, secret, guard } = isRegistered
    ? await registerClient(id, server, { storeContext, account: flags.account, context })
    : { declaration: server, secret: typed, guard: undefined };
  const provider = await loadOAuthProvider(id === OAUTH ? undefined : id, declaration, env, secret);
  requireSameServer(provider.id, declaration, providers);
  const config = { ...storeContext.config, providers: { ...providers, [provider.id]: declaration } };
  // The secret may also be in the environment.
  const module = await requireProvider(provider.id, { providers: config.providers }).load();
  const complete = guard?.(provider) ?? (secret ? provider : module.createProvider(env));
  const isDeclared = Object.hasOwn(providers, provider.id);
  return {
    id: provider.id,
    declaration,
    storeContext: { ...storeContext, config },
    provider: isDeclared
      ? complete
      : savingDeclaration(complete, () => saveDeclaration(provider.id, declaration, storeContext)),
  };
}

/** Returns true if the client is one that this program registers: that is asked for now, or was at the first sign-in. */
function usesRegisteredClient(
  given: Partial<OAuthDeclaration>,
  known: OAuthDeclaration | undefined,
): boolean {
  if (given.register || given.clientId !== undefined) return given.register === true;
  return known?.register === true && !describesServer(given);
}

function describesServer({ service, issuer, endpoints }: Partial<OAuthDeclaration>): boolean {
  return [service, issuer, endpoints?.token].some((one) => one !== undefined);
}

/** Another server is described from the beginning; otherwise the options change what is known. */
function describe(
  id: string,
  given: Partial<OAuthDeclaration>,
  known: OAuthDeclaration | undefined,
): OAuthDeclaration {
  // How a registered client authenticates is its own.
  const { register, clientAuthentication, ...kept } = { ...(describesServer(given) ? undefined : known) };
  const method = register ? undefined : clientAuthentication;
  const { clientId, ...rest } = {
    ...kept,
    ...(method ? { clientAuthentication: method } : {}),
    ...given,
    ...(kept.variables && given.variables ? { variables: { ...kept.variables, ...given.variables } } : {}),
  };
  if (describesServer(rest) && clientId !== undefined) return { clientId, ...rest };
  const missing = [
    ...(describesServer(rest) ? [] : ["--issuer"]),
    ...(clientId === undefined ? ["--client-id"] : []),
  ];
  throw new UsageError(
    `login ${id} needs ${missing.join(" and ")}`,
    id === OAUTH
      ? EXAMPLE
      : `Run: tokenflow login ${id} ${DESCRIBE}, or --register in place of the client id`,
  );
}

/** @throws UsageError if the id, which is made from the host, is that of another server or client */
function requireSameServer(
  id: string,
  { issuer, endpoints, clientId }: OAuthDeclaration,
  providers: SessionStoreContext["config"]["providers"],
): void {
  const known = Object.hasOwn(providers, id) ? providers[id] : undefined;
  if (!known || isProviderName(id)) return;
  const isSame =
    known.clientId === clientId && known.issuer === issuer && known.endpoints?.token === endpoints?.token;
  if (isSame) return;
  throw new UsageError(
    `${id} is already another server or client (${known.issuer ?? known.endpoints?.token ?? ""}, client id ${known.clientId})`,
    `Give this one a name: tokenflow login <name> ${DESCRIBE}`,
  );
}

async function readSecret(
  terminal: Context["terminal"],
): Promise<{ readonly text: string; readonly isKept: true }> {
  const text = (await terminal.read())?.trim();
  if (text) return { text, isKept: true };
  throw new UsageError(
    "--client-secret-stdin reads the secret from stdin, and stdin is empty or a terminal",
    `Or set a variable such as ${clientSecretVariable("work")}.`,
  );
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
