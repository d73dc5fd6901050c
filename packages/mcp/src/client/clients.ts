import { isTokenFlowError, TokenFlowError } from "@tokenflow/core";
import type { Call, Redirect } from "@tokenflow/core/provider";
import {
  type ClientAuthentication,
  isClientExpired,
  type RegisteredClient,
  sendRegistration,
} from "@tokenflow/provider-oauth";
import type { McpAuthorization } from "./discovery.ts";

/** A client of one authorization server, and the address that its browser returns to. */
export interface McpClient {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly clientAuthentication?: ClientAuthentication | undefined;
  readonly redirectUri?: string | undefined;
}

/** Keeps registered clients by their issuer, so that each is registered once. They outlive every session. */
export interface McpClientRecords {
  read(issuer: string): Promise<RegisteredClient | undefined>;
  write(issuer: string, client: RegisteredClient): Promise<void>;
}

export interface McpClientOptions {
  /** A client that is registered at the authorization server. @default none @example "my-app" */
  readonly clientId?: string | undefined;
  /** The secret of `clientId`. @default none: a public client @example process.env["ACME_CLIENT_SECRET"] */
  readonly clientSecret?: string | undefined;
  /** @default what the server lists @example "client_secret_post" */
  readonly clientAuthentication?: ClientAuthentication | undefined;
  /** The only address that the browser may return to. @default a free port on 127.0.0.1 @example "http://localhost:8085/callback" */
  readonly redirectUri?: string | undefined;
  /**
   * The address of a client metadata document that you host. It is the client's id at servers that read such documents.
   * Its `redirect_uris` must have `redirectUri`, or http://127.0.0.1/callback.
   * @default none: a client is registered by RFC 7591
   * @example "https://example.org/tokenflow.json"
   */
  readonly clientMetadataUrl?: string | undefined;
  /** The name that people see when they approve. @default "TokenFlow" @example "Acme CLI" */
  readonly clientName?: string | undefined;
  /** Keeps registered clients. @default in memory @example records */
  readonly clients?: McpClientRecords | undefined;
}

/** What the choice of a client depends on besides the options. */
export interface ClientNeeds {
  /** Listens for the browser, if the sign-in uses one. */
  readonly redirect?: Redirect | undefined;
  /** Asks the server if it still knows a client that it registered. */
  readonly isKnown: (client: McpClient) => Promise<boolean>;
}

/**
 * Chooses the client of a sign-in. With `redirect`, the client also has the address that this returns. A client that the
 * server has forgotten is registered again: its page would say so to the person only, and never return the browser.
 */
export async function chooseClient(
  { issuer, server }: Pick<McpAuthorization, "issuer" | "server">,
  options: McpClientOptions,
  { redirect, isKnown }: ClientNeeds,
  call: Call,
): Promise<McpClient> {
  const { clientId, clientSecret, clientAuthentication, redirectUri, clientMetadataUrl } = options;
  if (clientId !== undefined) {
    return { clientId, clientSecret, clientAuthentication, redirectUri: await redirect?.(redirectUri) };
  }
  if (clientMetadataUrl !== undefined && server.readsClientMetadata) {
    return {
      clientId: clientMetadataUrl,
      clientAuthentication: "none",
      redirectUri: await redirect?.(redirectUri),
    };
  }
  const records = options.clients ?? MEMORY;
  const found = await records.read(issuer);
  const kept = found && !isClientExpired(found, call.clock.now()) ? found : undefined;
  const address = redirect && (await listenAgain(redirect, redirectUri ?? kept?.redirectUri));
  // Many servers compare the port, too.
  const isEnough = kept && (!redirect || kept.redirectUri === address);
  if (isEnough && (await isKnown(kept))) return kept;
  const { clientName = "TokenFlow" } = options;
  // Without scopes: a server may ask for more of them later.
  const client = await sendRegistration(server, { clientName, redirectUri: address }, call);
  await records.write(issuer, client);
  return client;
}

/** Takes another port if the one of the last sign-in is in use. */
async function listenAgain(redirect: Redirect, last: string | undefined): Promise<string> {
  try {
    return await redirect(last);
  } catch (error) {
    if (last === undefined || !isTokenFlowError(error, "provider.misconfigured")) throw error;
    return redirect();
  }
}

/** @throws `provider.misconfigured` for the address of a document that no server could read */
export function requireMetadataUrl(address: string | undefined): void {
  if (address === undefined) return;
  const url = URL.parse(address);
  if (url?.protocol === "https:" && url.pathname !== "/" && !url.username && !url.hash) return;
  throw new TokenFlowError(
    "provider.misconfigured",
    "A client metadata document needs an https address with a path",
    {
      hint: "Host the document yourself, and give its address.",
    },
  );
}

const inMemory = new Map<string, RegisteredClient>();
const MEMORY: McpClientRecords = {
  read: async (issuer) => inMemory.get(issuer),
  write: async (issuer, client) => void inMemory.set(issuer, client),
};
