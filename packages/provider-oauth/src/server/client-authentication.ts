import type { HttpRequest } from "@tokenflow/core/provider";

/** How a client authenticates (RFC 6749 §2.3). A public client, without a secret, only sends its id. */
export type ClientAuthentication = "client_secret_basic" | "client_secret_post";

export interface Client {
  readonly id: string;
  readonly secret?: string | undefined;
  /** The method that the caller chose, if any. */
  readonly authentication?: ClientAuthentication | undefined;
}

/**
 * Adds the client's authentication to a request. `supported` is the server's list. Without one the method is
 * `client_secret_basic` (RFC 8414 §2), which every server that issues secrets must support.
 */
export function authenticated(
  { id, secret, authentication }: Client,
  form: Readonly<Record<string, string>>,
  supported: readonly string[] | undefined,
): Pick<HttpRequest, "form" | "headers"> {
  if (secret === undefined) return { form: { ...form, client_id: id } };
  const listed = supported?.includes("client_secret_post") && !supported.includes("client_secret_basic");
  const method = authentication ?? (listed ? "client_secret_post" : "client_secret_basic");
  if (method === "client_secret_post") return { form: { ...form, client_id: id, client_secret: secret } };
  return { form, headers: { authorization: `Basic ${btoa(`${encode(id)}:${encode(secret)}`)}` } };
}

/** Form-encodes one half, as RFC 6749 §2.3.1 requires: else a colon or an umlaut breaks the pair. */
function encode(value: string): string {
  return new URLSearchParams({ "": value }).toString().slice(1);
}
