import type { Settings } from "./client.ts";

/** The variable of a proxy's key, as a shell expands it. */
export const SHELL_KEY = "$TOKENFLOW_PROXY_KEY";

/** Returns settings as text: lines for a POSIX shell, and what is to be pasted. */
export function shellText({ unset = [], variables = {}, command, text }: Settings): string {
  return [
    ...unset.map((name) => `unset ${name}`),
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${shellWord(value)}`),
    ...(command === undefined ? [] : [command.map(shellWord).join(" ")]),
    ...(text === undefined ? [] : [text]),
  ].join("\n");
}

/** Quotes text for a shell: a model's id comes from a server and must not run as a command. */
function shellWord(text: string): string {
  if (text === SHELL_KEY) return `"${text}"`;
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
