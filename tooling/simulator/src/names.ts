/**
 * Loaded before a program starts (`node --import`): resolves names as a network would. `TEST_NAMES` maps hosts of
 * https addresses to origins on loopback. Beside them, only this machine exists. It imports nothing, since it is part
 * of every such start.
 */
const names: unknown = JSON.parse(process.env["TEST_NAMES"] ?? "{}");
const send = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const { hostname, pathname, search } = new URL(request.url);
  const origin: unknown =
    typeof names === "object" && names !== null ? Reflect.get(names, hostname) : undefined;
  if (hostname === "127.0.0.1") return send(request);
  if (typeof origin !== "string") throw new TypeError(`There is no ${hostname}`);
  return send(new Request(`${origin}${pathname}${search}`, request));
};
