import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { importSession, Token } from "@tokenflow/core";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { createFileStore } from "@tokenflow/store-file";
import type { Sandbox } from "./sandbox.ts";

export const CLIENT_ID = "cli";

/** A request to the server itself, and its secret, whether it came as bearer or as password. */
export type Serve = (request: IncomingMessage, response: ServerResponse, secret: string | undefined) => void;

export interface TokenServer extends AsyncDisposable {
  readonly url: string;
  /** `127.0.0.1:…` */
  readonly host: string;
  /** The tokens that it has issued, the oldest first. */
  readonly issued: string[];
  /** The tokens that it no longer accepts. */
  readonly ended: Set<string>;
  /** Members of the next token answers. */
  readonly answer: Record<string, unknown>;
  /** The secrets that were shown to it, by path. */
  readonly seen: { readonly path: string; readonly authorization: string | undefined }[];
  isValid(secret: string | undefined): boolean;
}

/**
 * Starts an OAuth server that only refreshes, and that checks its own tokens for everything else.
 * @param challenge what it asks for
 */
export async function startTokenServer(
  serve?: Serve,
  challenge = 'Basic realm="files"',
): Promise<TokenServer> {
  const issued: string[] = [];
  const ended = new Set<string>();
  const seen: TokenServer["seen"] = [];
  const answer: Record<string, unknown> = { expires_in: 3600 };
  const isValid: TokenServer["isValid"] = (secret) =>
    secret !== undefined && issued.includes(secret) && !ended.has(secret);
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path !== "/token") {
      seen.push({ path, authorization: request.headers.authorization });
      const secret = secretOf(request.headers.authorization);
      if (serve && isValid(secret)) serve(request, response, secret);
      else response.writeHead(401, { "www-authenticate": challenge }).end("sign in first");
      return;
    }
    request.resume().on("end", () => {
      const token = issueToken(issued);
      response.setHeader("content-type", "application/json").end(
        JSON.stringify({
          access_token: token,
          token_type: "bearer",
          refresh_token: `next-of-${token}`,
          ...answer,
        }),
      );
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    issued,
    ended,
    answer,
    seen,
    isValid,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function issueToken(issued: string[]): string {
  const token = `secret-token-number-${issued.length + 1}`;
  issued.push(token);
  return token;
}

/** Reads the secret of a header: `Bearer …`, or the password of `Basic …`. */
function secretOf(authorization = ""): string | undefined {
  const [scheme = "", value = ""] = authorization.split(" ");
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return undefined;
  return Buffer.from(value, "base64")
    .toString()
    .replace(/^[^:]*:/, "");
}

export interface SeedOptions {
  /** @default "work" */
  readonly provider?: string;
  readonly account?: string;
  readonly login?: string;
  /** How old the token is, in milliseconds. @default 60_000 */
  readonly age?: number;
  /** In milliseconds. @default 3_600_000 */
  readonly lifetime?: number;
  readonly idToken?: string;
  /** Other members of the declaration. */
  readonly declaration?: Readonly<Record<string, unknown>>;
  /** Takes the place of an issued token. */
  readonly token?: string;
}

const declared = new WeakMap<Sandbox, Record<string, unknown>>();

/** Stores a session of a server, with a token that the server has issued, and declares its provider. */
export async function seedSession(
  sandbox: Sandbox,
  server: TokenServer,
  options: SeedOptions = {},
): Promise<string> {
  const { provider: id = "work", account = "default", login, age = 60_000, lifetime = 3_600_000 } = options;
  const declaration = {
    endpoints: { token: `${server.url}/token` },
    clientId: CLIENT_ID,
    ...options.declaration,
  };
  const providers = { ...declared.get(sandbox), [id]: declaration };
  declared.set(sandbox, providers);
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  await writeFile(join(sandbox.folder, "config.json"), JSON.stringify({ providers }));
  const provider = createOAuthProvider({
    endpoints: { token: `${server.url}/token` },
    clientId: CLIENT_ID,
    id,
  });
  const accessToken = options.token ?? issueToken(server.issued);
  const issuedAt = Date.now() - age;
  await importSession({
    provider,
    store: createFileStore({ folder: sandbox.folder }),
    account,
    login,
    grant: {
      refreshToken: `refresh-token-of-${id}-${account}`,
      server: `${server.url}/token`,
      clientId: CLIENT_ID,
    },
    token: new Token({
      accessToken,
      issuedAt,
      expiresAt: issuedAt + lifetime,
      idToken: options.idToken,
    }),
    overwrite: true,
  });
  return accessToken;
}

/** Makes an unsigned JWT that ends so many seconds from now. */
export function createIdToken(secondsLeft: number, name = "id"): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode({ alg: "none" })}.${encode({ iat: now - 3600, exp: now + secondsLeft, sub: name })}.sig`;
}
