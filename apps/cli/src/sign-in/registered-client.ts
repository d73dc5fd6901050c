import {
  loadOAuthClients,
  type OAuthDeclaration,
  registrationTokenVariable,
  type SessionStoreContext,
} from "@tokenflow/common";
import { isTokenFlowError, type Provider, TokenFlowError } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";
import { openManager } from "../session/open-manager.ts";

interface RegistrationTarget {
  readonly storeContext: SessionStoreContext;
  readonly account?: string | undefined;
  readonly context: Context;
}

/** A declaration with the client that the server has registered. */
interface RegisteredTarget {
  readonly declaration: OAuthDeclaration;
  /** The client's secret, which is kept with the session. */
  readonly secret?: { readonly text: string; readonly isKept: true } | undefined;
  /** Returns the provider that forgets the client when the server no longer knows it, and says so. */
  guard(provider: Provider): Provider;
}

/**
 * Completes the description of a server with the client that is registered there (RFC 7591). It is registered with the
 * first sign-in to an issuer, and kept in the store for the next one under any name.
 * @throws as `ensureOAuthClient`
 */
export async function registerClient(
  id: string,
  server: OAuthDeclaration,
  { storeContext, account = "default", context }: RegistrationTarget,
): Promise<RegisteredTarget> {
  const { env, terminal, signal } = context;
  const { store } = storeContext;
  const encryption = await storeContext.encryption?.();
  const { ensureClient, forgetOAuthClient } = await loadOAuthClients();
  const initialAccessToken = env[registrationTokenVariable(id)] || undefined;
  const registration = { store, encryption, initialAccessToken, signal };
  const { client, isNew, lost } = await ensureClient(id, server, registration);
  const { issuer, clientId, clientAuthentication, clientSecret } = client;
  if (isNew) terminal.say(`Registered a client at ${new URL(issuer).host}: ${clientId}`);
  const old = storeContext.config.providers[id];
  if (lost && old?.clientId === lost.clientId) {
    // Its session can never be refreshed again, and would keep the new client from signing in.
    await using manager = await openManager({ provider: id, account }, storeContext, context);
    await manager.signOut();
  }
  return {
    declaration: { ...server, clientId, clientAuthentication, register: true },
    secret: clientSecret === undefined ? undefined : { text: clientSecret, isKept: true },
    guard: (provider) => ({
      ...provider,
      requestDeviceCode: (call) =>
        provider.requestDeviceCode(call).catch(async (error: unknown) => {
          if (!isTokenFlowError(error) || error.reason !== "invalid_client") throw error;
          await forgetOAuthClient({ issuer, store, encryption });
          throw forgotten(error);
        }),
    }),
  };
}

function forgotten({ code, message, status, reason }: TokenFlowError): TokenFlowError {
  return new TokenFlowError(code, message, {
    hint: "The server no longer accepts the client that was registered. It is forgotten: run the same command again to register another.",
    status,
    reason,
  });
}
