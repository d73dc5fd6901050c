import { readFile } from "node:fs/promises";
import { STATUS_CODES } from "node:http";
import { createBearerUpstream, EXIT, UsageError } from "@tokenflow/common";
import { createFetch, isTokenFlowError } from "@tokenflow/core";
import { connectionError, withoutTrailingSlash } from "@tokenflow/core/provider";
import { systemCode } from "@tokenflow/core/store";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { problemLine } from "../cli/problem.ts";
import { withSession } from "../session/open-manager.ts";
import { requireUpstream, UPSTREAM_OPTIONS } from "../session/upstream.ts";
import type { Terminal } from "../terminal/terminal.ts";

export const api: Command = defineCommand({
  usage: "api <provider> <path>",
  about:
    "Makes one request to the service with the session's token and the headers that the service needs. Writes the response body to stdout as it arrives. Refreshes a rejected token once. The exit code is 6 for a 4xx response, and 7 for 429 and 5xx.",
  positionals: 2,
  options: {
    method: { type: "string", short: "X", value: "name", help: "default: GET, with --data POST" },
    data: {
      type: "string",
      short: "d",
      value: "text",
      help: "the body: text, @file, or - for stdin; sent as JSON unless a header says otherwise",
    },
    header: {
      type: "list",
      short: "H",
      value: "line",
      help: "another header: 'Name: value'; may be repeated",
    },
    include: { type: "boolean", short: "i", help: "print the status line and headers first" },
    ...UPSTREAM_OPTIONS,
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow api copilot /models | jq -r '.data[].id'", "the models"],
    [
      "tokenflow api hyper /chat/completions -d @request.json",
      "a model call, streamed if the request says so",
    ],
    ["tokenflow api oauth /me --upstream https://api.example.org", "any OAuth server's API"],
  ],
  async run({ flags, positionals: [provider, path] }, context) {
    if (provider === undefined || path === undefined) {
      throw new UsageError("specify a provider and a path", "Run: tokenflow api copilot /models");
    }
    const { terminal, signal } = context;
    const upstream = flags.upstream === undefined ? undefined : createBearerUpstream(flags.upstream);
    const headers = parseHeaders(flags.header ?? []);
    const body = flags.data === undefined ? undefined : await readData(flags.data, terminal);
    if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
    const method = flags.method?.toUpperCase() ?? (body === undefined ? "GET" : "POST");
    if (!/^[A-Z]+$/.test(method)) throw new UsageError(`invalid method "${flags.method}"`);
    if (body !== undefined && (method === "GET" || method === "HEAD")) {
      throw new UsageError(
        `${method} cannot have a body`,
        "Remove --data, or choose another method with -X.",
      );
    }
    const wanted = { provider, account: flags.account };
    return withSession(
      wanted,
      context,
      async (manager) => {
        const url = resolveApiPath(requireUpstream(manager.provider).baseUrl, path);
        const send = createFetch(manager);
        const response = await send(url, {
          method,
          headers,
          signal,
          // A redirect may lead to any host, so the caller decides.
          redirect: "manual",
          ...(body === undefined ? {} : { body }),
        }).catch((error: unknown) => {
          if (signal.aborted || isTokenFlowError(error)) throw error;
          throw connectionError(error, url.host);
        });
        await printResponse(response, url.host, flags.include ?? false, context);
        return exitCodeOfStatus(response.status);
      },
      { upstream },
    );
  },
});

/** @throws UsageError for an address outside the API: the token is sent nowhere else */
function resolveApiPath(baseUrl: string, path: string): URL {
  const base = withoutTrailingSlash(baseUrl);
  const isAddress = /^[a-z][a-z\d+.-]*:/i.test(path);
  const url = URL.parse(isAddress ? path : `${base}/${path.replace(/^\//, "")}`);
  // Compared after parsing, so that dots and escapes mean the same here and in the request.
  if (url && `${url.origin}${url.pathname}`.startsWith(`${base}/`)) return url;
  throw new UsageError(
    `${path} is not below ${base}, and the token is sent nowhere else`,
    "Give a path: /models",
  );
}

function parseHeaders(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]+):(.*)$/s.exec(line) ?? [];
    try {
      headers.append(name.trim(), value.trim());
    } catch {
      // Not shown: it may contain a secret.
      throw new UsageError("--header needs 'Name: value'");
    }
  }
  if (headers.has("authorization")) {
    throw new UsageError("--header cannot set Authorization: the session's token is added", "Remove it.");
  }
  return headers;
}

async function readData(data: string, terminal: Terminal): Promise<string | Uint8Array<ArrayBuffer>> {
  if (data === "-" || data === "@-") {
    const text = await terminal.read();
    if (text === undefined)
      throw new UsageError("--data - reads the body from stdin, and stdin is a terminal");
    return text;
  }
  if (!data.startsWith("@")) return data;
  const file = data.slice(1);
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    const code = systemCode(error) ?? "unknown";
    throw new UsageError(`${file} cannot be read (${code})`);
  }
}

async function printResponse(
  response: Response,
  host: string,
  include: boolean,
  { terminal, signal }: Context,
): Promise<void> {
  const { status, headers, body } = response;
  if (include) {
    const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
    terminal.print([`HTTP ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd(), ...lines, ""].join("\n"));
  }
  try {
    for await (const chunk of body ?? []) await terminal.write(chunk);
  } catch (error) {
    if (signal.aborted) throw error;
    throw connectionError(error, host);
  }
  if (status >= 300) {
    terminal.say(
      problemLine({ message: `${host} returned ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd() }),
    );
  }
}

function exitCodeOfStatus(status: number): number {
  if (status < 300) return EXIT.done;
  return status === 429 || status >= 500 ? EXIT.unavailable : EXIT.refused;
}
