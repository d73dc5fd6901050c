import { readFile } from "node:fs/promises";
import { STATUS_CODES } from "node:http";
import { createBearerUpstream, EXIT, UsageError } from "@tokenflow/common";
import { createFetch, isTokenFlowError } from "@tokenflow/core";
import { connectionError } from "@tokenflow/core/provider";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { problemLine } from "../cli/problem.ts";
import { withSession } from "../session/open-manager.ts";
import { requireUpstream, UPSTREAM_OPTIONS } from "../session/upstream.ts";
import type { Terminal } from "../terminal/terminal.ts";

export const api: Command = defineCommand({
  usage: "api <provider> <path>",
  about:
    "Makes one request to the service with the session's token and the headers that the service wants; the body of the answer is on stdout as it arrives. A token that is refused is renewed once. Ends with 6 where the service answers 4xx, with 7 for 429 and 5xx.",
  positionals: 2,
  options: {
    method: { type: "string", short: "X", value: "name", help: "default: GET, with --data POST" },
    data: {
      type: "string",
      short: "d",
      value: "text",
      help: "the body: text, @file, or - for stdin; JSON unless a header says otherwise",
    },
    header: {
      type: "list",
      short: "H",
      value: "line",
      help: "one more header: 'Name: value'; may be repeated",
    },
    include: { type: "boolean", short: "i", help: "print status line and headers first" },
    ...UPSTREAM_OPTIONS,
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow api copilot /models | jq -r '.data[].id'", "the models"],
    ["tokenflow api hyper /chat/completions -d @request.json", "a model call, streamed if it asks for that"],
    ["tokenflow api oauth /me --upstream https://api.example.org", "any OAuth server's API"],
  ],
  async run({ flags, positionals: [provider, path] }, context) {
    if (provider === undefined || path === undefined) {
      throw new UsageError("api wants a provider and a path", "Run: tokenflow api copilot /models");
    }
    const { terminal, signal } = context;
    const upstream = flags.upstream === undefined ? undefined : createBearerUpstream(flags.upstream);
    const headers = parseHeaders(flags.header ?? []);
    const body = flags.data === undefined ? undefined : await readData(flags.data, terminal);
    if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
    const method = flags.method?.toUpperCase() ?? (body === undefined ? "GET" : "POST");
    if (!/^[A-Z]+$/.test(method)) throw new UsageError(`"${flags.method}" is not a method`);
    if (body !== undefined && (method === "GET" || method === "HEAD")) {
      throw new UsageError(`${method} carries no body`, "Leave --data out, or name another method with -X.");
    }
    const wanted = { provider, account: flags.account };
    return withSession(
      wanted,
      context,
      async (manager) => {
        const url = addressBelow(requireUpstream(manager.provider).baseUrl, path);
        const send = createFetch(manager);
        const response = await send(url, {
          method,
          headers,
          signal,
          // A redirect may lead anywhere; where to is for the caller to see.
          redirect: "manual",
          ...(body === undefined ? {} : { body }),
        }).catch((error: unknown) => {
          if (signal.aborted || isTokenFlowError(error)) throw error;
          throw connectionError(error, url.host);
        });
        await printAnswer(response, url.host, flags.include ?? false, context);
        return exitCodeOfStatus(response.status);
      },
      { upstream },
    );
  },
});

/** @throws UsageError for an address that is not the API's: the token goes nowhere else */
function addressBelow(baseUrl: string, path: string): URL {
  const base = baseUrl.replace(/\/+$/, "");
  const isAddress = /^[a-z][a-z\d+.-]*:/i.test(path);
  const url = URL.parse(isAddress ? path : `${base}/${path.replace(/^\//, "")}`);
  // Parsed, so that dots and marks mean here what they mean to who sends it.
  if (url && `${url.origin}${url.pathname}`.startsWith(`${base}/`)) return url;
  throw new UsageError(
    `${path} is not below ${base}, and the token goes nowhere else`,
    "Name a path: /models",
  );
}

function parseHeaders(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]+):(.*)$/s.exec(line) ?? [];
    try {
      headers.append(name.trim(), value.trim());
    } catch {
      // Not shown: it could hold anything.
      throw new UsageError("--header wants 'Name: value'");
    }
  }
  if (headers.has("authorization")) {
    throw new UsageError("--header is not for Authorization: the session's token is added", "Leave it out.");
  }
  return headers;
}

async function readData(data: string, terminal: Terminal): Promise<string | Uint8Array<ArrayBuffer>> {
  if (data === "-" || data === "@-") {
    const text = await terminal.read();
    if (text === undefined) throw new UsageError("--data - reads the body from stdin, which is a keyboard");
    return text;
  }
  if (!data.startsWith("@")) return data;
  const file = data.slice(1);
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new UsageError(`${file} cannot be read (${code})`);
  }
}

async function printAnswer(
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
      problemLine({ message: `${host} answered ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd() }),
    );
  }
}

function exitCodeOfStatus(status: number): number {
  if (status < 300) return EXIT.done;
  return status === 429 || status >= 500 ? EXIT.unavailable : EXIT.refused;
}
