import { OAUTH_CLIENT, type OAuthFake, type OAuthProfile } from "@tokenflow/simulator";
import { type Ended, openSandbox, type Sandbox } from "./sandbox.ts";
import type { StandIn } from "./stand-in.ts";

/** The columns of the table: "yes", "–" if the service has no such thing, else what went wrong. */
export interface Tried {
  readonly name: string;
  readonly signIn: string;
  readonly api: string;
  readonly refresh: string;
  readonly dead: string;
  readonly revoke: string;
}

/** Signs in to a stand-in by the command alone, and tries all that a session needs. */
export async function tryProfile(profile: OAuthProfile, { fake, env }: StandIn): Promise<Tried> {
  await using sandbox = await openSandbox();
  const id = profile.service?.[0] ?? "work";
  const run = (...args: readonly string[]): Promise<Ended> => sandbox.run(args, env);
  const secret = profile.client?.hasSecret ? OAUTH_CLIENT.secret : undefined;
  const login = (...args: readonly string[]): Promise<Ended> =>
    sandbox.run(["login", id, ...args], env, secret);
  const keeps = secret === undefined ? [] : ["--client-secret-stdin"];
  const hasRefresh = profile.says?.refresh !== "none";
  const hasRevocation =
    profile.paths?.revocation !== "" && !profile.document?.omits?.includes("revocation_endpoint");

  const signIn = wrong(await login(...keeps, ...flagsOf(profile, fake))) ?? "yes";
  const api = (await opens(fake, await run("token", id))) ?? "yes";
  const again = async (): Promise<string | undefined> =>
    opens(fake, await run("token", id, "--force-refresh"));
  const refresh = hasRefresh
    ? ((await again()) ?? (await again()) ?? "yes")
    : await tellsNoRefresh(sandbox, id, env);
  const out = await run("logout", id, "--revoke");
  const revoke = wrong(out) ?? tellsRevocation(out, fake, hasRevocation);
  let dead = "–";
  if (hasRefresh) {
    const lost = wrong(await login(...keeps));
    fake.endSessions();
    dead = lost ?? tellsEnd(await run("refresh", id, "--json"));
  }
  return { name: profile.name, signIn, api, refresh, dead, revoke };
}

/** Returns the options of `login` for a stand-in: what its manual says, and no more. */
function flagsOf({ service, settings = {} }: OAuthProfile, { origin }: OAuthFake): readonly string[] {
  const { issuer, origins = [], endpoints = {}, pkce, clientAuthentication, parameters = {} } = settings;
  const { scope, refreshScope, audience, resource } = settings;
  const variables = Object.entries(service?.[1] ?? {});
  const texts = {
    "client-id": OAUTH_CLIENT.id,
    issuer,
    scope,
    "refresh-scope": refreshScope,
    audience,
    resource,
    "client-auth": clientAuthentication?.replace("client_secret_", ""),
  };
  const flags = [
    ...Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [`--${name}`, text])),
    ...variables.flatMap(([name, value]) =>
      name === "tenant" ? ["--tenant", value] : ["--variable", `${name}=${value}`],
    ),
    ...origins.flatMap((one) => ["--origin", one]),
    ...Object.entries(endpoints).flatMap(([name, url]) => [
      "--endpoint",
      `${name === "deviceAuthorization" ? "device" : name}=${url}`,
    ]),
    ...Object.entries(parameters).flatMap(([name, value]) => ["--parameter", `${name}=${value}`]),
    ...(pkce ? ["--pkce"] : []),
  ];
  return flags.map((flag) => flag.replaceAll("$origin", origin));
}

function wrong({ exit, stderr }: Ended): string | undefined {
  return exit === 0 ? undefined : `exit ${exit}: ${stderr.trim()}`;
}

async function opens(fake: OAuthFake, ended: Ended): Promise<string | undefined> {
  return wrong(ended) ?? (fake.opensApi(ended.stdout.trim()) ? undefined : "a token for another API");
}

async function tellsNoRefresh(sandbox: Sandbox, id: string, env: StandIn["env"]): Promise<string> {
  const { stdout } = await sandbox.run(["status", id, "--json"], env);
  return /"renewable": false/.test(stdout) && /"state": "valid"/.test(stdout) ? "–" : "told as renewable";
}

/** Without a revocation endpoint the session is gone from this machine, and a sentence says that it is only there. */
function tellsRevocation({ stderr }: Ended, { revocations }: OAuthFake, hasRevocation: boolean): string {
  if (!hasRevocation)
    return /offers no revocation/.test(stderr) && revocations === 0 ? "–" : `told as: ${stderr.trim()}`;
  return revocations === 1 && stderr.includes("and revoked there") ? "yes" : "not revoked";
}

function tellsEnd({ exit, stderr }: Ended): string {
  return exit === 3 && stderr.includes('"code":"session.revoked"') ? "yes" : `exit ${exit}: ${stderr.trim()}`;
}
