import { isJsonObject } from "@tokenflow/core/provider";

const PLACE = "tokenflow.key";

/**
 * The proxy's key in this tab. A key in the address, `#key=…`, is taken out of it at once, so that it is in no
 * history, no bookmark and no screenshot.
 */
export interface Key {
  read(): string | undefined;
  keep(secret: string): void;
  forget(): void;
  /** Takes it out of the address; whether there was one. */
  takeFromAddress(): boolean;
}

export function createKey(): Key {
  const keep = (secret: string): void => sessionStorage.setItem(PLACE, secret);
  return {
    read: () => sessionStorage.getItem(PLACE) ?? undefined,
    keep,
    forget: () => sessionStorage.removeItem(PLACE),
    takeFromAddress() {
      const secret = new URLSearchParams(location.hash.slice(1)).get("key");
      if (secret === null) return false;
      history.replaceState(null, "", location.pathname);
      if (secret !== "") keep(secret);
      return true;
    },
  };
}

/** The proxy wants a key, or another one. */
export class Unauthorized extends Error {}

/** Asks the proxy that served this page. */
export interface Api {
  /** @throws Unauthorized, or an error whose message is for people */
  get(path: string, signal: AbortSignal): Promise<Response>;
  post(path: string, body: object): Promise<unknown>;
}

export function createApi(key: Key): Api {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const secret = key.read();
    const headers = new Headers(init.headers);
    if (secret !== undefined) headers.set("authorization", `Bearer ${secret}`);
    const answer = await fetch(path, { ...init, headers, cache: "no-store", redirect: "error" });
    if (answer.status === 401 && (await codeOf(answer.clone())) === "request.unauthorized") {
      throw new Unauthorized("The proxy does not know this key.");
    }
    if (!answer.ok) throw new Error(messageOf(await answer.json().catch(() => undefined), answer.status));
    return answer;
  };
  return {
    get: (path, signal) => ask(path, { signal }),
    async post(path, body) {
      const headers = { "content-type": "application/json" };
      const answer = await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
      const answered: unknown = await answer.json();
      return answered;
    },
  };
}

async function codeOf(answer: Response): Promise<unknown> {
  const body: unknown = await answer.json().catch(() => undefined);
  const error = isJsonObject(body) ? body["error"] : undefined;
  return isJsonObject(error) ? error["code"] : undefined;
}

function messageOf(body: unknown, status: number): string {
  const error = isJsonObject(body) ? body["error"] : undefined;
  const message = isJsonObject(error) ? error["message"] : undefined;
  return typeof message === "string" ? message : `The proxy answered ${status}.`;
}
