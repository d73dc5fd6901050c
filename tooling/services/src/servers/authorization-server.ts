/** An authorization server with the device flow, which somebody else wrote. */
export interface AuthorizationServer extends AsyncDisposable {
  readonly issuer: string;
  /** Signs somebody in, and approves the request of the device. */
  approve(userCode: string): Promise<void>;
  /** Refuses the request of the device, if that can be done by a program. */
  deny?(userCode: string): Promise<void>;
}

/** Sends JSON, and returns the answer. @throws for an answer that is no success */
export async function sendJson(
  url: string,
  body: object,
  { method = "POST", cookie = "" }: { readonly method?: string; readonly cookie?: string } = {},
): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", origin: new URL(url).origin, cookie },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`);
  return response;
}

/** Returns the cookies that an answer sets, for the next request. */
export function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}
