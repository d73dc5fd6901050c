import type { HttpRequest } from "@tokenflow/core/provider";
import type { Form } from "../wire/wire-format.ts";
import { misconfigured } from "./issuer.ts";

/** How a client authenticates (RFC 6749 §2.3). `none`: it sends its id alone, even if it has a secret. */
export type ClientAuthentication = "client_secret_basic" | "client_secret_post" | "none";

/** Every method, the simplest first. */
export const METHODS: readonly ClientAuthentication[] = ["none", "client_secret_basic", "client_secret_post"];

export function isMethod(value: unknown): value is ClientAuthentication {
  return METHODS.some((known) => known === value);
}

export interface Client {
  /** Empty for a workload that the server knows by its assertion alone. */
  readonly id: string;
  readonly secret?: string | undefined;
}

/**
 * Returns the method of a client: the one that was chosen or has worked before, else what the server lists. Without
 * a list it is `client_secret_basic` (RFC 8414 §2), which every server that issues secrets must support.
 */
export function authenticationMethod(
  { secret }: Client,
  chosen: ClientAuthentication | undefined,
  supported: readonly string[] | undefined,
): ClientAuthentication {
  if (secret === undefined || chosen === "none") return "none";
  if (chosen === undefined) requireSecretMethod(supported);
  const isPost = supported?.includes("client_secret_post") && !supported.includes("client_secret_basic");
  return chosen ?? (isPost ? "client_secret_post" : "client_secret_basic");
}

/**
 * @throws `provider.misconfigured` for a server whose clients authenticate only with a key or a certificate, so that
 * no secret is sent for nothing
 */
function requireSecretMethod(supported: readonly string[] = []): void {
  const isOther = (method: string): boolean => /jwt|tls/.test(method);
  if (supported.length === 0 || !supported.every(isOther)) return;
  throw misconfigured(
    `The server accepts clients only by ${supported.join(", ").slice(0, 100)}, which TokenFlow does not support`,
    "Register a public client, or one that authenticates with a secret.",
  );
}

/** Returns the method to try after one that the server refused. */
export function otherMethod(method: ClientAuthentication): ClientAuthentication | undefined {
  if (method === "none") return undefined;
  return method === "client_secret_basic" ? "client_secret_post" : "client_secret_basic";
}

/** Adds the client to a form. Its id is there if it has one: many servers look for it beside the header, too. */
export function authenticated(
  { id, secret }: Client,
  method: ClientAuthentication,
  form: Form,
): { readonly form: Form } & Pick<HttpRequest, "headers"> {
  const named = id === "" ? form : { ...form, client_id: id };
  if (method === "none" || secret === undefined) return { form: named };
  if (method === "client_secret_post") return { form: { ...named, client_secret: secret } };
  return { form: named, headers: { authorization: `Basic ${btoa(`${encode(id)}:${encode(secret)}`)}` } };
}

/** Form-encodes one half, as RFC 6749 §2.3.1 requires: else a colon or an umlaut breaks the pair. */
function encode(value: string): string {
  return new URLSearchParams({ "": value }).toString().slice(1);
}
