import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { SessionName } from "@tokenflow/common";
import { type GetTokenOptions, isTokenFlowError, type Token } from "@tokenflow/core";
import { keyFileOf } from "./agent-address.ts";

type Program = Pick<typeof import("@tokenflow/proxy/program"), "prepareSocket" | "protectSocket">;

export interface TokenServerOptions {
  readonly path: string;
  readonly program: Program;
  getToken(name: SessionName, options: GetTokenOptions): Promise<Token>;
}

const KEY_BYTES = 32;

/**
 * Answers tokens on a socket. The key is in a file beside it, which a forwarded connection does not carry: so only a
 * program that can read this user's files here gets a token.
 * @throws `provider.misconfigured` if the socket cannot be made
 */
export async function serveTokens({ path, program, getToken }: TokenServerOptions): Promise<AsyncDisposable> {
  await program.prepareSocket(path);
  const key = randomBytes(KEY_BYTES).toString("base64url");
  const file = keyFileOf(path);
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(request, key, getToken).then(
      ([status, body]) => send(response, status, body),
      () => send(response, 500, { code: "unexpected", message: "The agent failed" }),
    );
  });
  server.listen(path);
  await once(server, "listening");
  program.protectSocket(path);
  await rm(file, { force: true });
  await writeFile(file, key, { mode: 0o600, flag: "wx" });
  return {
    async [Symbol.asyncDispose]() {
      await rm(file, { force: true });
      server.close();
      server.closeAllConnections();
    },
  };
}

type Answer = readonly [status: number, body: unknown];

async function answer(
  { method, url = "", headers }: IncomingMessage,
  key: string,
  getToken: TokenServerOptions["getToken"],
): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  if (!isKey(headers.authorization, key))
    return [401, { code: "unauthorized", message: "The key is missing or wrong" }];
  if (method !== "GET" || pathname !== "/token")
    return [404, { code: "not_found", message: "There is only GET /token" }];
  const provider = searchParams.get("provider") ?? "";
  const account = searchParams.get("account") ?? "default";
  const minValidity = Number(searchParams.get("min_validity") ?? 0);
  try {
    const options = {
      minValidity: minValidity > 0 ? minValidity : 0,
      forceRefresh: searchParams.has("force_refresh"),
    };
    const token = await getToken({ provider, account }, options);
    const { accessToken, tokenType, scope, issuedAt, expiresAt, dueAt, idToken, details } = token;
    return [200, { accessToken, tokenType, scope, issuedAt, expiresAt, dueAt, idToken, details }];
  } catch (error) {
    if (!isTokenFlowError(error)) throw error;
    const { code, message, hint } = error;
    return [502, { code, message, hint }];
  }
}

/** Compares digests, so that the time tells nothing about the key. */
function isKey(authorization = "", key: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${key}`));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(body));
}
