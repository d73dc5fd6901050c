import type { TokenManager } from "@tokenflow/core";
import type { JsonObject } from "@tokenflow/core/provider";
import type { McpProvider } from "@tokenflow/mcp/client";
import { askForSignIn, SIGN_IN_TOOL, signInTool, withoutOwnInput } from "./ask-for-sign-in.ts";
import {
  CODE,
  capabilitiesOf,
  errorText,
  type Id,
  isRequest,
  type Message,
  notificationText,
  objectOf,
  readMessage,
  resultText,
} from "./messages.ts";
import type { Sent } from "./server.ts";
import { createServerSession } from "./server-session.ts";
import { createBridgeSignIn } from "./sign-in.ts";

export interface BridgeOptions {
  readonly provider: McpProvider;
  readonly manager: TokenManager;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes one line to the client. */
  readonly writeLine: (line: string) => void;
  /** Ends everything that waits. */
  readonly signal: AbortSignal;
  readonly version: string;
  readonly fetch?: typeof fetch | undefined;
}

/** A client that speaks MCP over lines, and a server that speaks it over HTTP. */
export interface Bridge {
  /** Takes a line of the client. Resolves when it was answered. */
  take(line: string): Promise<void>;
  /** Ends the server's session. */
  end(): Promise<void>;
}

type Request = Message & { readonly id: Id; readonly method: string };

/** The revisions that begin with `initialize`, the newest first. */
const REVISIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;
/** How often a bridge that waits for a sign-in looks if there is one. */
const LOOK_INTERVAL = 2_000;
/** How long a message waits for an earlier notification to arrive. */
const IN_ORDER = 5_000;
const EMPTY_LISTS: Readonly<Record<string, string>> = {
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
  "prompts/list": "prompts",
};

/** Creates the bridge of one client. Nothing but JSON-RPC is ever written to it. */
export function createBridge(options: BridgeOptions): Bridge {
  const { provider, manager, env, writeLine, signal, version } = options;
  const { name, url } = provider;
  let refusal: string | undefined;
  const session = createServerSession({
    ...options,
    write: writeLine,
    onNewTokenRefused: (why) => void (refusal = why),
  });
  let capabilities: JsonObject = {};
  /** True while the client was told of a server that is not reached yet. */
  let isDeferred = false;
  let before: Promise<unknown> = Promise.resolve();

  const signIn = createBridgeSignIn({
    manager,
    env,
    signal,
    onDone(ids) {
      for (const elicitationId of ids) {
        if (opensLinks(capabilities)) {
          writeLine(notificationText("notifications/elicitation/complete", { elicitationId }));
        }
      }
      if (isDeferred) void establish().catch(() => undefined);
    },
  });

  const isSignedIn = async (): Promise<boolean> =>
    (await manager.getToken({ signal }).catch(() => undefined)) !== undefined;

  /** Reaches the server as soon as somebody has signed in, and tells the client that there are tools now. */
  const establish = async (): Promise<void> => {
    if (!isDeferred || !(await isSignedIn())) return;
    if (!isDeferred || (await session.initializeAgain()) !== "answered") return;
    isDeferred = false;
    for (const list of ["tools", "resources", "prompts"]) {
      writeLine(notificationText(`notifications/${list}/list_changed`));
    }
  };
  const lookLater = (): void => {
    const timer = setInterval(() => {
      if (!isDeferred || signal.aborted) return clearInterval(timer);
      establish().catch(() => undefined);
    }, LOOK_INTERVAL);
    timer.unref();
  };

  const ask = async (request: Request): Promise<void> => {
    try {
      const link = await signIn.begin();
      const own = capabilitiesOf(request);
      const asked = {
        link,
        name,
        command: `tokenflow login mcp:${url}`,
        failure: signIn.failure?.message ?? refusal,
        opensLinks: opensLinks(Object.keys(own).length > 0 ? own : capabilities),
      };
      writeLine(askForSignIn(request, asked));
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown";
      writeLine(errorText(request.id, CODE.failed, `Nobody can sign in to ${name}: ${why}`));
    }
  };

  /** Answers a client whose server cannot be reached before somebody has signed in. */
  const answerDeferred = async (request: Request): Promise<void> => {
    const { id, method } = request;
    const list = EMPTY_LISTS[method];
    if (method === "initialize") return writeLine(resultText(id, greeting(request, name, version)));
    if (method === "ping") return writeLine(resultText(id, {}));
    if (method === "tools/list") return writeLine(resultText(id, { tools: [signInTool(name)] }));
    if (list !== undefined) return writeLine(resultText(id, { [list]: [] }));
    return ask(request);
  };

  const onSignInNeeded = async (message: Message): Promise<void> => {
    if (!isRequest(message)) return;
    if (message.method === "initialize" && !isDeferred) {
      isDeferred = true;
      lookLater();
    }
    await (isDeferred ? answerDeferred(message) : ask(message));
  };

  const forward = async (message: Message): Promise<void> => {
    if (isDeferred) {
      await establish();
      if (isDeferred) return onSignInNeeded(message);
    }
    if (isRequest(message) && objectOf(message.params)["name"] === SIGN_IN_TOOL) {
      // Somebody may have signed out since.
      if (!(await isSignedIn())) return ask(message);
      return writeLine(
        resultText(message.id, {
          content: [{ type: "text", text: `Signed in to ${name}. List its tools again.` }],
        }),
      );
    }
    const status: Sent["status"] = await session.forward({ ...message, text: withoutOwnInput(message) });
    if (status === "sign_in") await onSignInNeeded(message);
  };

  return {
    async take(line) {
      if (line.trim() === "") return;
      const message = readMessage(line);
      if (!message) {
        const isBatch = line.trimStart().startsWith("[");
        const why = isBatch ? "Send one message per line" : "The line is not a message of JSON-RPC 2.0";
        return writeLine(errorText(null, isBatch ? CODE.invalid : CODE.parse, why));
      }
      if (message.method === "initialize") capabilities = capabilitiesOf(message);
      // The server must hear of a notification before what follows it.
      await before;
      const done = forward(message).catch((error: unknown) => {
        if (signal.aborted || !isRequest(message)) return;
        const why = error instanceof Error ? error.message : "unknown";
        writeLine(errorText(message.id, CODE.failed, `The bridge to ${name} failed: ${why}`));
      });
      if (!isRequest(message)) before = Promise.race([done, pause(IN_ORDER)]);
      await done;
    },
    end: () => session.end(),
  };
}

function opensLinks(capabilities: JsonObject): boolean {
  return Boolean(objectOf(capabilities["elicitation"])["url"]);
}

/** The answer to `initialize` in place of a server that wants a sign-in first. */
function greeting({ params }: Request, name: string, version: string): JsonObject {
  const asked = params["protocolVersion"];
  const protocolVersion = REVISIONS.find((known) => known === asked) ?? REVISIONS[0];
  const changing = { listChanged: true };
  return {
    protocolVersion,
    capabilities: { tools: changing, resources: changing, prompts: changing },
    serverInfo: { name: "tokenflow", title: name, version },
    instructions: `Nobody is signed in to ${name} yet. Call ${SIGN_IN_TOOL} and show its link to the person.`,
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
