import { UsageError } from "@tokenflow/common";

/** The values that a person's own variables may contain. */
export interface AccessValues {
  readonly url: string;
  readonly key: string;
  /** Present if the proxy also serves on a socket. */
  readonly socket?: string | undefined;
  readonly "socket-key"?: string | undefined;
}

/**
 * Reads `NAME=text` of the command line, before anything starts.
 * @returns a function that fills `{url}`, `{key}`, `{socket}` and `{socket-key}` in
 * @throws UsageError for text in another form, and for a value that there is not
 */
export function readOwnVariables(
  texts: readonly string[],
  hasSocket: boolean,
): (values: AccessValues) => Readonly<Record<string, string>> {
  const templates = texts.map((text): readonly [string, string] => {
    const [, name, template] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || template === undefined)
      throw new UsageError("--env must be NAME=text", "For example: --env API_URL={url}/v1");
    for (const [, value = ""] of template.matchAll(/\{([a-z-]+)\}/g)) {
      const isKnown = value === "url" || value === "key" || value === "socket" || value === "socket-key";
      if (!isKnown) throw new UsageError(`--env ${name} has {${value}}, which is no value`, KNOWN);
      if (value.startsWith("socket") && !hasSocket)
        throw new UsageError(
          `--env ${name} has {${value}}, and there is no socket`,
          "Add --listen unix:/path.",
        );
    }
    return [name, template];
  });
  return (values) =>
    Object.fromEntries(
      templates.map(([name, template]) => [
        name,
        template.replaceAll(
          /\{(url|key|socket|socket-key)\}/g,
          (_, value: keyof AccessValues) => values[value] ?? "",
        ),
      ]),
    );
}

const KNOWN = "Use {url}, {key}, {socket} or {socket-key}.";
