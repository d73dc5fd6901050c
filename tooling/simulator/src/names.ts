/**
 * Loaded before a program starts (`node --import`): resolves names as a network would. `TEST_NAMES` maps hosts of
 * https addresses to origins on loopback. Beside them, only this machine exists. It imports nothing, since it is part
 * of every such start.
 */
const names: unknown = JSON.parse(process.env["TEST_NAMES"] ?? "{}");
let send = globalThis.fetch;

/** Returns the address on loopback. */
function resolve({ href, hostname, pathname, search }: URL): string {
  if (hostname === "127.0.0.1") return href;
  const origin: unknown =
    typeof names === "object" && names !== null ? Reflect.get(names, hostname) : undefined;
  if (typeof origin !== "string") throw new TypeError(`There is no ${hostname}`);
  return `${origin}${pathname}${search}`;
}

const fetchByName: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  return send(new Request(resolve(new URL(request.url)), request));
};
// A program may install another fetch, which resolves names in the same way.
Object.defineProperty(globalThis, "fetch", {
  get: () => fetchByName,
  set: (installed: typeof fetch) => {
    send = installed;
  },
});

// The command sends by this one as well, always with a URL.
const [http, https] = [process.getBuiltinModule("node:http"), process.getBuiltinModule("node:https")];
https.request = ((url: URL, options: object, answered: () => void) =>
  http.request(resolve(url), options, answered)) as typeof https.request;
