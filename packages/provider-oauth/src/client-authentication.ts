import type { HttpRequest } from "@tokenflow/core/provider";

/** How a client shows that it is itself (RFC 6749 §2.3). A public client, without a secret, only says its id. */
export type ClientAuthentication = "client_secret_basic" | "client_secret_post";

export interface Client {
  readonly id: string;
  readonly secret?: string | undefined;
  /** Where the caller chose one. */
  readonly authentication?: ClientAuthentication | undefined;
}

/**
 * The request, with what says who asks. `supported` is what the server lists; without a list it is
 * `client_secret_basic` (RFC 8414 §2), which every server that gives out secrets has to know.
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

/** RFC 6749 §2.3.1 wants both form-encoded before they are joined, else a colon or an umlaut breaks them. */
function encode(value: string): string {
  return new URLSearchParams({ "": value }).toString().slice(1);
}
