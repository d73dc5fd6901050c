import { isJsonObject, parseJson } from "./server/json.ts";

/**
 * Loaded into the program before it starts (`node --import`): what a name leads to, as a network's name service would
 * say it. `TEST_NAMES` maps hosts of https addresses to origins on loopback; beside them there is this machine,
 * which needs no name.
 */
const names = parseJson(process.env["TEST_NAMES"] ?? "{}");
const send = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const { hostname, pathname, search } = new URL(request.url);
  const origin = isJsonObject(names) ? names[hostname] : undefined;
  if (hostname === "127.0.0.1") return send(request);
  if (typeof origin !== "string") throw new TypeError(`There is no ${hostname}`);
  return send(new Request(`${origin}${pathname}${search}`, request));
};
