/** A user's JavaScript that imports every entry of every package. */
export const SCRIPT = `
import { createBrowser } from "@tokenflow/browser";
import { createTokenManager, isTokenFlowError } from "@tokenflow/core";
import { createKeyEncryption } from "@tokenflow/core/encryption";
import { grantEnvVar, readEnvCredential } from "@tokenflow/core/environment";
import { readDeviceCode } from "@tokenflow/core/provider";
import { createLockingStore } from "@tokenflow/core/store";
import { createFakeClock, storeContract } from "@tokenflow/core/testing";
import { createFileLock } from "@tokenflow/file-lock";
import { requireToken } from "@tokenflow/mcp";
import { createMcpProvider } from "@tokenflow/mcp/client";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { findCopilotSignIns } from "@tokenflow/provider-copilot/import";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { createProxy } from "@tokenflow/proxy";
import { createFileStore } from "@tokenflow/store-file";
import { createKeychainStore } from "@tokenflow/store-keychain";
import { createRedisStore } from "@tokenflow/store-redis";

const factories = [
  createBrowser, createFakeClock, createFileLock, createHyperProvider, createKeychainStore, createKeyEncryption, createLockingStore,
  createMcpProvider, createOAuthProvider, createProxy, createRedisStore, findCopilotSignIns, grantEnvVar, readDeviceCode, readEnvCredential,
  requireToken, storeContract,
];
const provider = createCopilotProvider();
const manager = createTokenManager({ provider, store: createFileStore({ folder: "sessions" }) });
try {
  await manager.getToken();
} catch (error) {
  if (!isTokenFlowError(error, "session.signed_out")) throw error;
  console.log(error.code, factories.every((factory) => typeof factory === "function"));
}
await manager.close();
`;

/** The same program in TypeScript, with checks of types. */
export const PROGRAM: string = `${SCRIPT}
import type { ErrorCode, Provider, Token, TokenManager } from "@tokenflow/core";

export const typed: TokenManager = manager;
export const plain: Provider = provider;
export const code = (error: { readonly code: ErrorCode }): string => error.code;
// @ts-expect-error: an unknown option is refused
createFileStore({ place: "sessions" });
export async function secret(): Promise<string> {
  const token: Token = await manager.getToken({ minValidity: 60_000 });
  return token.accessToken;
}
`;
