/** A PKCE pair (RFC 7636): the server hears of the challenge first, and of the verifier with the polls or the code. */
export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export async function createPkce(): Promise<Pkce> {
  const verifier = randomText();
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return { verifier, challenge: base64Url(new Uint8Array(hash)) };
}

/** Returns 256 random bits as text that needs no escaping. */
export function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
