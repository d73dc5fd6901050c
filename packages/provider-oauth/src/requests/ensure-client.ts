import type { ImportSessionOptions } from "@tokenflow/core";
import type { Encryption } from "@tokenflow/core/encryption";
import {
  asNumber,
  asString,
  createHttp,
  type JsonObject,
  okJson,
  omitUndefined,
  systemClock,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";
import { type Note, openNote } from "@tokenflow/core/store";
import { isMethod } from "../server/client-authentication.ts";
import {
  isClientExpired,
  type RegisterClientOptions,
  type RegisteredClient,
  registerOAuthClient,
} from "./register-client.ts";

export interface EnsureClientOptions extends RegisterClientOptions {
  /** The store that keeps the client, beside its sessions: any Keyv 6 adapter. @example createFileStore() */
  readonly store: ImportSessionOptions["store"];
  /** Encrypts the client as it does sessions. @default none @example createKeyEncryption({ key }) */
  readonly encryption?: Encryption | undefined;
}

/** A client that can be used now. */
export interface EnsuredClient {
  readonly client: RegisteredClient;
  /** True if it was registered just now. */
  readonly isNew: boolean;
  /** The client before it, if its secret has ended or the server no longer knows it: its sessions are at their end. */
  readonly lost?: RegisteredClient | undefined;
}

/** A sign-in takes as long as a device code lasts. The secret must last longer. */
const SIGN_IN = 900_000;

/**
 * Returns the client that is registered at an issuer. It is registered once, kept in the store by its issuer, and
 * outlives every session. It is registered again if its secret has ended, if the server no longer knows it (RFC 7592),
 * or if it was registered for fewer scopes or for another address.
 * @throws as `registerOAuthClient`; `store.*` if it cannot be kept
 * @example
 * const { client } = await ensureOAuthClient({ store, issuer, clientName: "Acme CLI" });
 * const { clientId, clientSecret, clientAuthentication } = client;
 */
export async function ensureOAuthClient({
  store,
  encryption,
  ...options
}: EnsureClientOptions): Promise<EnsuredClient> {
  const { issuer, clock = systemClock } = options;
  const note = noteOf(issuer, { store, encryption, clock });
  // Another process may be registering it.
  await using _lock = await note.lock();
  const { kept, isForgotten } = await readKept(note, issuer);
  const read = kept && !isForgotten ? await readAgain(kept, options) : undefined;
  const isLost = kept && (!read || isClientExpired(read, clock.now() + SIGN_IN));
  if (read && !isLost && isEnough(read, options)) {
    if (read !== kept) await note.write(omitUndefined({ ...read }));
    return { client: read, isNew: false };
  }
  const client = await registerOAuthClient(options);
  await note.write(omitUndefined({ ...client }));
  return { client, isNew: true, ...(isLost ? { lost: read ?? kept } : {}) };
}

/**
 * Forgets the client of an issuer, for a server that no longer knows it. The next `ensureOAuthClient` registers another
 * one, and names this one as `lost`. Sends nothing.
 */
export async function forgetOAuthClient({
  issuer,
  ...options
}: Pick<EnsureClientOptions, "issuer" | "store" | "encryption" | "clock">): Promise<void> {
  const note = noteOf(issuer, options);
  await using _lock = await note.lock();
  // One that cannot be read is forgotten, too.
  const { kept } = await readKept(note, issuer).catch(() => ({ kept: undefined }));
  await note.write(kept && { ...omitUndefined({ ...kept }), [FORGOTTEN]: true });
}

/** The member of a note whose client must not be used any more. */
const FORGOTTEN = "forgotten";

function noteOf(
  issuer: string,
  { store, encryption, clock }: Pick<EnsureClientOptions, "store" | "encryption" | "clock">,
): Note {
  return openNote(store, `client/${withoutTrailingSlash(issuer)}`, { encryption, clock });
}

/** Returns `false` for a client that was registered for less than is asked now. */
function isEnough(kept: RegisteredClient, { scope, redirectUri }: RegisterClientOptions): boolean {
  if (redirectUri !== undefined && kept.redirectUri !== redirectUri) return false;
  // A server that names no scopes allows them all, or decides at the sign-in.
  const allowed = kept.scope?.split(" ");
  return (
    allowed === undefined || (scope ?? "").split(" ").every((one) => one === "" || allowed.includes(one))
  );
}

/** The statuses by which a server says that it has no such client (RFC 7592 §2.1), and what others say instead. */
const GONE: ReadonlySet<number> = new Set([401, 404]);

/**
 * Asks for the client with its registration token. Returns it with what the server renews by that, or `undefined` if the
 * server says that it is gone. Any other answer changes nothing.
 */
async function readAgain(
  client: RegisteredClient,
  { fetch, clock = systemClock, signal }: RegisterClientOptions,
): Promise<RegisteredClient | undefined> {
  const { registrationUri, registrationToken } = client;
  if (registrationUri === undefined || registrationToken === undefined) return client;
  const http = createHttp({ fetch, clock });
  const headers = { authorization: `Bearer ${registrationToken}` };
  const answer = await http({ method: "GET", url: registrationUri, headers, signal }).catch(() => undefined);
  if (!answer) return client;
  return GONE.has(answer.status) ? undefined : renewed(client, okJson(answer));
}

function renewed(client: RegisteredClient, body: JsonObject): RegisteredClient {
  if (body["client_id"] !== client.clientId) return client;
  const token = asString(body["registration_access_token"]);
  const secret = client.clientSecret === undefined ? undefined : asString(body["client_secret"]);
  const end = client.clientSecret === undefined ? undefined : asNumber(body["client_secret_expires_at"]);
  const next = omitUndefined({
    ...client,
    registrationToken: token ?? client.registrationToken,
    clientSecret: secret ?? client.clientSecret,
    secretExpiresAt: end === undefined ? client.secretExpiresAt : end > 0 ? end * 1000 : undefined,
  });
  return JSON.stringify(next) === JSON.stringify(client) ? client : next;
}

interface Kept {
  readonly kept: RegisteredClient | undefined;
  readonly isForgotten: boolean;
}

async function readKept(note: Note, issuer: string): Promise<Kept> {
  const stored = await note.read();
  return {
    kept: stored && readClient(stored, withoutTrailingSlash(issuer)),
    isForgotten: stored?.[FORGOTTEN] === true,
  };
}

/** Reads a client that was kept. One that is incomplete is registered again. */
function readClient(kept: JsonObject, issuer: string): RegisteredClient | undefined {
  const { clientAuthentication } = kept;
  const [clientId, registeredAt] = [asString(kept["clientId"]), asNumber(kept["registeredAt"])];
  if (kept["issuer"] !== issuer || clientId === undefined || registeredAt === undefined) return undefined;
  if (!isMethod(clientAuthentication)) return undefined;
  return omitUndefined({
    issuer,
    clientId,
    clientAuthentication,
    registeredAt,
    clientSecret: asString(kept["clientSecret"]),
    secretExpiresAt: asNumber(kept["secretExpiresAt"]),
    scope: asString(kept["scope"]),
    redirectUri: asString(kept["redirectUri"]),
    registrationUri: asString(kept["registrationUri"]),
    registrationToken: asString(kept["registrationToken"]),
  });
}
