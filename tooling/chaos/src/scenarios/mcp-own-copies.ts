import { setTimeout as sleep } from "node:timers/promises";
import {
  auth,
  Client,
  type OAuthClientInformationMixed,
  type OAuthClientProvider,
  type OAuthTokens,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { createBrowser } from "@tokenflow/browser";
import { type OidcServer, startMcpServer } from "@tokenflow/services";
import { BETWEEN_CALLS, type BridgesOptions, type ClientsResult, startServer } from "./mcp-bridges.ts";

/** The same clients with the provider that the official SDK's documentation shows: each keeps its own copy of the tokens. */
export async function runOwnCopies({
  clients,
  seconds,
  tokenLifetime,
}: BridgesOptions): Promise<ClientsResult> {
  await using oidc = await startServer(tokenLifetime);
  await using server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: "inspector" });
  const counts = { calls: 0, failed: 0, kills: 0, signIns: 1 };
  const reasons: Record<string, number> = {};
  const { kept, redirectUrl } = await signInWithSdk(server.url, oidc);
  const end = performance.now() + seconds * 1_000;
  const work = async (): Promise<void> => {
    const authProvider = createCopy({ ...kept }, redirectUrl, () => undefined);
    while (performance.now() < end) {
      const client = new Client({ name: "copy", version: "1" });
      try {
        const transport = new StreamableHTTPClientTransport(new URL(server.url), { authProvider });
        await client.connect(transport);
        while (performance.now() < end) {
          await client.callTool({ name: "echo", arguments: { text: "x" } });
          counts.calls += 1;
          await sleep(BETWEEN_CALLS);
        }
      } catch (error) {
        counts.calls += 1;
        counts.failed += 1;
        const reason = error instanceof Error ? error.message.slice(0, 160) : "unknown";
        reasons[reason] = (reasons[reason] ?? 0) + 1;
        await sleep(BETWEEN_CALLS);
      }
      await client.close().catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  return { ...counts, reasons };
}

interface Kept {
  tokens?: OAuthTokens;
  client?: OAuthClientInformationMixed;
  verifier?: string;
}

/** A provider in the shape of the SDK's example: everything in memory, and the page opened in a browser. */
function createCopy(kept: Kept, redirectUrl: string, open: (url: URL) => void): OAuthClientProvider {
  return {
    redirectUrl,
    clientMetadata: {
      client_name: "copy",
      redirect_uris: [redirectUrl],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      application_type: "native",
    },
    state: () => STATE,
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    redirectToAuthorization: open,
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier ?? "",
  };
}

const STATE = "state-of-the-only-sign-in";

/** Signs in once. */
async function signInWithSdk(
  url: string,
  oidc: OidcServer,
): Promise<{ readonly kept: Kept; readonly redirectUrl: string }> {
  const kept: Kept = {};
  const browser = createBrowser({
    isLocal: true,
    show: () => undefined,
    open: (page) => void oidc.visit(page),
  });
  await using back = await browser.listen(undefined);
  const { redirectUri } = back;
  let answer: Promise<URLSearchParams> | undefined;
  const signal = AbortSignal.timeout(30_000);
  const provider = createCopy(kept, redirectUri, (page) => {
    answer = back.receive({ url: page.href, state: STATE }, signal);
  });
  await auth(provider, { serverUrl: url });
  const parameters = await answer;
  await auth(provider, {
    serverUrl: url,
    authorizationCode: parameters?.get("code") ?? "",
    iss: parameters?.get("iss") ?? "",
  });
  return { kept, redirectUrl: redirectUri };
}
