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
