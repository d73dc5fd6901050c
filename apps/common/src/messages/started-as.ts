/** `tokenflow login`, but no path, package or word of a sentence. */
const COMMAND = /(?<![\w/.@-])tokenflow(?= (?:<command>|--[a-z]|(?!(?:is|has|was)\b)[a-z]+\b))/g;
const PROXY = /(?<![\w/.@-])tokenflow-proxy(?= --[a-z])/g;

/**
 * Returns a function that writes the commands in a message as the person can type them. In a checkout there is no
 * `tokenflow`: npm started it, and says so in its variables. Under `npx`, `npx` has to be typed again.
 * @param script the file that Node was started with
 */
export function startedAs(
  env: Readonly<Record<string, string | undefined>>,
  script: string = process.argv[1] ?? "",
): (text: string) => string {
  const isInstalled = /[\\/]node_modules[\\/]/.test(script);
  const event = env["npm_lifecycle_event"] ?? "";
  const isCheckout = !isInstalled && env["npm_package_name"] === "tokenflow";
  const isNpx = isInstalled && env["npm_command"] === "exec";
  if (!isCheckout && !isNpx) return (text) => text;
  const command = isCheckout ? "npm run -s tokenflow --" : "npx tokenflow";
  const proxy = isNpx
    ? "npx tokenflow-proxy"
    : event.startsWith("start")
      ? "npm start --"
      : "tokenflow-proxy";
  return (text) => text.replaceAll(PROXY, proxy).replaceAll(COMMAND, command);
}
