import { isJsonObject } from "@tokenflow/core/provider";

const STORAGE_KEY = "tokenflow.key";

/**
 * The proxy's key in this tab. A key in the URL, `#key=…`, is removed from it at once, so that it appears in no
 * history, no bookmark and no screenshot.
 */
export interface Key {
  read(): string | undefined;
  save(secret: string): void;
  clear(): void;
  /** Moves the key from the URL into this tab. Returns false if the URL has no key. */
  takeFromUrl(): boolean;
}

export function createKey(): Key {
  const save = (secret: string): void => sessionStorage.setItem(STORAGE_KEY, secret);
  return {
    read: () => sessionStorage.getItem(STORAGE_KEY) ?? undefined,
    save,
    clear: () => sessionStorage.removeItem(STORAGE_KEY),
    takeFromUrl() {
      const secret = new URLSearchParams(location.hash.slice(1)).get("key");
      if (secret === null) return false;
      history.replaceState(null, "", location.pathname);
      if (secret !== "") save(secret);
      return true;
    },
  };
}

/** The proxy requires a key, or another one. */
export class Unauthorized extends Error {}

/** Sends requests to the proxy that served this page. */
export interface Api {
  /** @throws Unauthorized, or an error with a message for the person */
  get(path: string, signal: AbortSignal): Promise<Response>;
  post(path: string, body: object): Promise<unknown>;
}

export function createApi(key: Key): Api {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const secret = key.read();
    const headers = new Headers(init.headers);
    if (secret !== undefined) headers.set("authorization", `Bearer ${secret}`);
    const response = await fetch(path, { ...init, headers, cache: "no-store", redirect: "error" });
    if (response.status === 401 && (await codeOf(response.clone())) === "request.unauthorized") {
      throw new Unauthorized("The proxy does not accept this key.");
    }
    if (!response.ok)
      throw new Error(messageOf(await response.json().catch(() => undefined), response.status));
    return response;
  };
  return {
    get: (path, signal) => send(path, { signal }),
    async post(path, body) {
      const headers = { "content-type": "application/json" };
      const response = await send(path, { method: "POST", headers, body: JSON.stringify(body) });
      const result: unknown = await response.json();
      return result;
    },
  };
}

async function codeOf(response: Response): Promise<unknown> {
  const body: unknown = await response.json().catch(() => undefined);
  const error = isJsonObject(body) ? body["error"] : undefined;
  return isJsonObject(error) ? error["code"] : undefined;
}

function messageOf(body: unknown, status: number): string {
  const error = isJsonObject(body) ? body["error"] : undefined;
  const message = isJsonObject(error) ? error["message"] : undefined;
  return typeof message === "string" ? message : `The proxy returned status ${status}.`;
}
