import { UsageError } from "@tokenflow/common";
import { type ApiPart, type Credential, formatEnd, headersOf, isPlainSecret } from "./credential.ts";
import { serverOrigin } from "./server.ts";

export interface PrintOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The variable of `env`. */
  readonly variable: string;
}

interface PrintedFormat {
  write(credential: Credential, options: PrintOptions): string;
  /** The parts of the API that it needs. @default none */
  readonly needs?: readonly ApiPart[] | undefined;
}

/** The formats that are printed once, without a question on stdin. */
export const PRINTED: Readonly<Record<string, PrintedFormat>> = {
  bearer: { write: ({ secret }) => secret },
  header: {
    write: (credential) => lines(headersOf(requirePlain(credential))),
    needs: ["headers"],
  },
  "headers-json": { write: writeHeadersJson, needs: ["headers", "origins"] },
  json: { write: writeJson, needs: ["address"] },
  kubectl: { write: writeExecCredential },
  netrc: { write: writeNetrc, needs: ["origins"] },
  env: {
    write: (credential, { variable }) => `${variable}=${shellWord(requirePlain(credential).secret)}`,
  },
  aws: { write: writeAws },
};

/** Claude Code's `headersHelper` gets the address of the MCP server in a variable: https://code.claude.com/docs/en/mcp */
function writeHeadersJson(credential: Credential, { env }: PrintOptions): string {
  const url = env["CLAUDE_CODE_MCP_SERVER_URL"];
  if (url) requireServed(credential, url, "the MCP server");
  return JSON.stringify(headersOf(requirePlain(credential)));
}

/** @throws UsageError for a server that the token is not for */
function requireServed({ provider, origins }: Credential, url: string, kind: string): void {
  if (origins.includes(serverOrigin(url) ?? "")) return;
  const host = URL.parse(url)?.host ?? "";
  throw new UsageError(
    `${provider} is not signed in for ${kind} ${host}`,
    `If it takes its tokens: tokenflow config set providers.${provider}.hosts ${host || "<host>"}`,
  );
}

function writeJson(credential: Credential): string {
  const { secret, scheme, expiresAt, baseUrl, provider, account } = credential;
  const expires = expiresAt === undefined ? undefined : new Date(expiresAt).toISOString();
  return JSON.stringify({
    access_token: secret,
    token_type: scheme,
    expires_at: expires,
    base_url: baseUrl,
    provider,
    account,
  });
}

const EXEC_GROUP = "client.authentication.k8s.io";

/**
 * Writes an ExecCredential in the version that the caller speaks: https://kubernetes.io/docs/reference/config-api/client-authentication.v1
 * @throws UsageError for a version that is not known, and for a cluster that the token is not for
 */
function writeExecCredential(credential: Credential, { env }: PrintOptions): string {
  const info = readExecInfo(env["KUBERNETES_EXEC_INFO"]);
  if (info.server !== undefined) requireServed(credential, info.server, "the cluster");
  const { secret, expiresAt } = requirePlain(credential);
  return JSON.stringify({
    apiVersion: info.apiVersion,
    kind: "ExecCredential",
    status: {
      ...(expiresAt === undefined ? {} : { expirationTimestamp: formatEnd(expiresAt) }),
      token: secret,
    },
  });
}

function readExecInfo(text: string | undefined): {
  readonly apiVersion: string;
  /** The cluster's address, if the caller tells it (`provideClusterInfo`). */
  readonly server?: string | undefined;
} {
  if (text === undefined || text === "") return { apiVersion: `${EXEC_GROUP}/v1` };
  let info: unknown;
  try {
    info = JSON.parse(text);
  } catch {
    throw new UsageError("KUBERNETES_EXEC_INFO is not JSON", "kubectl sets it. Unset it to try by hand.");
  }
  const apiVersion = member(info, "apiVersion");
  if (apiVersion !== `${EXEC_GROUP}/v1` && apiVersion !== `${EXEC_GROUP}/v1beta1`) {
    throw new UsageError(
      "kubectl asks for an ExecCredential of a version that is not known",
      `Use apiVersion: ${EXEC_GROUP}/v1 in its exec settings.`,
    );
  }
  const server = member(member(member(info, "spec"), "cluster"), "server");
  if (server === undefined) return { apiVersion };
  if (typeof server === "string" && URL.canParse(server)) return { apiVersion, server };
  throw new UsageError("KUBERNETES_EXEC_INFO names a cluster without an address");
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** Writes a line for each host. netrc knows neither schemes nor ports. */
function writeNetrc(credential: Credential): string {
  const { secret, username, origins } = requirePlain(credential);
  for (const [kind, text] of Object.entries({ token: secret, "user name": username })) {
    if (/["\\#]/.test(text)) throw new UsageError(`netrc cannot hold this ${kind}`, "Use --format header.");
  }
  const hosts = new Set(origins.map((origin) => new URL(origin).hostname));
  if (hosts.size === 0) {
    throw new UsageError(
      `no host of ${credential.provider} is known`,
      `Name it: tokenflow config set providers.${credential.provider}.hosts <host>`,
    );
  }
  return [...hosts].map((host) => `machine ${host} login ${username} password ${secret}`).join("\n");
}

/**
 * Writes what `credential_process` reads: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 * @throws UsageError for a token that holds no AWS credentials
 */
function writeAws({ secret, expiresAt, provider }: Credential): string {
  let keys: unknown;
  try {
    keys = JSON.parse(secret);
  } catch {
    keys = undefined;
  }
  const [id, key, session] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map((name) =>
    member(keys, name),
  );
  if (typeof id !== "string" || typeof key !== "string") {
    throw new UsageError(
      `${provider} issues tokens, not AWS credentials`,
      "Write the ID token to a file and let AWS exchange it: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN.",
    );
  }
  return JSON.stringify({
    Version: 1,
    AccessKeyId: id,
    SecretAccessKey: key,
    ...(typeof session === "string" ? { SessionToken: session } : {}),
    ...(expiresAt === undefined ? {} : { Expiration: formatEnd(expiresAt) }),
  });
}

/** @throws UsageError for a secret that would break a line or a header */
function requirePlain(credential: Credential): Credential {
  if (isPlainSecret(credential.secret)) return credential;
  throw new UsageError(
    `the token of ${credential.provider} has characters that no header can hold`,
    "Use --format bearer, if the program that reads it allows them.",
  );
}

function lines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}

/** Quotes a value for a shell, unless it needs no quotes: files of variables often know none. */
function shellWord(value: string): string {
  return /^[\w.~+/=:@%,-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
