import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificate, startTlsFront, startTunnelProxy } from "@tokenflow/services";
import { OAUTH_PROFILES, type OAuthFake, type OAuthProfile, startOAuthFake } from "@tokenflow/simulator";

/** A stand-in that the built program reaches by the service's own addresses. */
export interface StandIn extends AsyncDisposable {
  readonly fake: OAuthFake;
  /** Leads the program there: a network's proxy and the certificate to trust. Empty for a stand-in on loopback. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts stand-ins, over one certificate for all the hosts that they play. */
export interface StandIns extends AsyncDisposable {
  start(profile: OAuthProfile): Promise<StandIn>;
}

export async function openStandIns(): Promise<StandIns> {
  const origins = OAUTH_PROFILES.flatMap(({ origin, endpointOrigin }) => [origin, endpointOrigin]);
  const hosts = new Set(origins.flatMap((origin) => (origin === undefined ? [] : [new URL(origin).host])));
  const certificate = await createCertificate({ names: Array.from(hosts, (host) => `DNS:${host}`) });
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-trust-"));
  const trusted = join(folder, "certificate.pem");
  await writeFile(trusted, certificate.cert);

  return {
    async start(profile) {
      const fake = await startOAuthFake(profile);
      if (profile.origin === undefined) return { fake, env: {}, [Symbol.asyncDispose]: () => end(fake) };
      const front = await startTlsFront(certificate, Number(new URL(fake.address).port));
      const proxy = await startTunnelProxy((target) =>
        hosts.has(target.replace(/:443$/, "")) ? { port: front.port } : { status: 403 },
      );
      return {
        fake,
        env: { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: trusted },
        [Symbol.asyncDispose]: () => end(proxy, front, fake),
      };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

async function end(...parts: readonly AsyncDisposable[]): Promise<void> {
  for (const part of parts) await part[Symbol.asyncDispose]();
}
