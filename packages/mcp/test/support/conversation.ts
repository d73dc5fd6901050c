import { join } from "node:path";

/** A client of either SDK, and what it was told, in words that both share. */
export interface Conversation extends AsyncDisposable {
  call(tool: string): Promise<Outcome>;
  tools(): Promise<readonly string[]>;
  /** The ids in `notifications/elicitation/complete`. */
  readonly completed: readonly string[];
  /** Violations of the protocol, such as other lines on stdout. */
  readonly faults: readonly Error[];
  /** The output for people. */
  readonly stderr: () => string;
}

/** The outcome of a call. `required` and `error` are the two forms of a request to open a link. */
export type Outcome =
  | { readonly way: "result"; readonly text: string; readonly isError: boolean; readonly data?: unknown }
  | { readonly way: "required"; readonly links: readonly Link[]; readonly whole: unknown }
  | { readonly way: "error"; readonly links: readonly Link[]; readonly message: string };

export interface Link {
  readonly url: string;
  readonly message: string;
  readonly elicitationId?: string | undefined;
}

export interface Conditions {
  readonly env: Readonly<Record<string, string>>;
  /** The example to start. */
  readonly server: keyof typeof OTHER;
  /** `true` if the client declares that it opens links. @default true */
  readonly links?: boolean | undefined;
}

const OTHER = {
  "server.ts": "@modelcontextprotocol/sdk",
  "smallest.ts": "@modelcontextprotocol/sdk",
  "server-v1.ts": "@modelcontextprotocol/server",
} as const;

/** How the example is started from source, on a machine where only its own major of the SDK can be found. */
export function commandOf({ server, env }: Conditions): {
  command: string;
  args: string[];
  env: Record<string, string>;
  stderr: "pipe";
} {
  const file = join(import.meta.dirname, "../../examples", server);
  return {
    command: process.execPath,
    args: [
      "--conditions=@tokenflow/source",
      `--import=${join(import.meta.dirname, "hide-package.ts")}`,
      file,
    ],
    env: { ...env, HIDDEN_PACKAGE: OTHER[server] },
    stderr: "pipe",
  };
}

function readResult(result: unknown): Outcome {
  const { content, isError, structuredContent, inputRequests, resultType } = result as {
    content?: { text: string }[];
    isError?: boolean;
    structuredContent?: unknown;
    resultType?: string;
    inputRequests?: Record<string, { params: Link }>;
  };
  if (resultType === "input_required") {
    return {
      way: "required",
      links: Object.values(inputRequests ?? {}).map(({ params }) => params),
      whole: result,
    };
  }
  const text = (content ?? []).map((part) => part.text).join("\n");
  return { way: "result", text, isError: isError ?? false, data: structuredContent };
}

/** −32042 as an outcome; any other error is thrown on. */
export function readError(error: unknown): Outcome {
  const { code, message, data } = error as {
    code?: number;
    message: string;
    data?: { elicitations: Link[] };
  };
  if (code !== -32_042) throw error;
  return { way: "error", links: data?.elicitations ?? [], message };
}

/** The common part of the clients and transports of both SDKs. */
interface AnyClient {
  onerror?: ((fault: Error) => void) | undefined;
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  close(): Promise<void>;
}
interface AnyTransport {
  readonly stderr: { on(event: "data", listener: (chunk: unknown) => void): unknown } | null;
}

interface Acts extends Pick<Conversation, "completed"> {
  readonly connect: () => Promise<void>;
  readonly ask: (tool: string) => Promise<unknown>;
}

/** Connects a client, and keeps what it hears. */
export async function converse(
  client: AnyClient,
  transport: AnyTransport,
  { completed, connect, ask }: Acts,
): Promise<Conversation> {
  const faults: Error[] = [];
  client.onerror = (fault) => void faults.push(fault);
  let stderr = "";
  transport.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  await connect();
  return {
    completed,
    faults,
    stderr: () => stderr,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (tool) => ask(tool).then(readResult, readError),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
