import type { Action, Printed, Run } from "../judge/evidence.ts";
import type { Need } from "../scenarios/scenario.ts";
import { CLIENT_ID, SCOPE } from "../service/endpoints.ts";
import { createServiceFetch } from "../service/in-process.ts";
import type { OAuthService } from "../service/oauth-service.ts";
import type { Client } from "./client.ts";

/** What a client in the same process is given for each action. */
export interface InProcessContext {
  readonly issuer: string;
  readonly deviceAuthorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string;
  /** An API that answers 200 to a live token of the server, and 401 to any other. */
  readonly apiUrl: string;
  readonly clientId: string;
  readonly scope: string;
  /** Reaches the server of the scenario, and nothing else. */
  readonly fetch: typeof fetch;
  /** The client's storage for this scenario, shared by all its actions. Empty at first. */
  readonly state: Map<string, unknown>;
  /** Shows a person the code. */
  show(userCode: string, verificationUri: string): void;
}

/** A client in the same process. An action that fails rejects. */
export interface InProcessClient {
  /** Signs in, and returns the access token. */
  signIn(context: InProcessContext): Promise<string>;
  /** Returns a live token of the session. */
  token?(context: InProcessContext): Promise<string>;
  /** Calls the API with the token. Rejects unless it is answered 200. */
  request?(context: InProcessContext): Promise<unknown>;
  /** Has 16 callers ask for a token at once, and returns their tokens. */
  callers?(context: InProcessContext): Promise<readonly string[]>;
  signOut?(context: InProcessContext): Promise<unknown>;
}

const ORIGIN = "http://127.0.0.1:8628";

/** A client of functions, and whether one of them is running. */
export interface FunctionClient extends Client {
  isRunning(): boolean;
}

/** Makes a client of functions. Its server has no socket. */
export function createInProcessClient(functions: InProcessClient): FunctionClient {
  let running = 0;
  const actions = (["token", "request", "callers", "signOut"] as const).filter((name) => functions[name]);
  return {
    isRunning: () => running > 0,
    offers: new Set<Need>(actions),
    explain: (need) =>
      need in ACTIONS ? `offer it with the function ${need}` : "needs a process of its own",
    async open(service) {
      service.origin = ORIGIN;
      const startedAt = performance.now();
      const now = (): number => performance.now() - startedAt;
      const state = new Map<string, unknown>();
      return {
        processes: [],
        async run(step, limit) {
          running += 1;
          try {
            return await runAction({ functions, action: step.do, service, state, limit, now });
          } finally {
            running -= 1;
          }
        },
        files: async () => [],
        setWritable: async () => undefined,
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  };
}

const ACTIONS: Readonly<Partial<Record<Need, true>>> = {
  token: true,
  request: true,
  callers: true,
  signOut: true,
};

interface RunActionOptions {
  readonly functions: InProcessClient;
  readonly action: Action;
  readonly service: OAuthService;
  readonly state: Map<string, unknown>;
  readonly limit: number;
  readonly now: () => number;
}

/** Calls one function as if it were a process: its result is stdout, its error is stderr. */
async function runAction({ functions, action, service, state, limit, now }: RunActionOptions): Promise<Run> {
  const { origin } = service;
  const printed: Printed[] = [];
  const startedAt = now();
  const print = (stream: Printed["stream"], text: string): void => {
    printed.push({ at: now(), stream, text: `${text}\n` });
  };
  const context: InProcessContext = {
    issuer: origin,
    deviceAuthorizationEndpoint: `${origin}/device_authorization`,
    tokenEndpoint: `${origin}/token`,
    revocationEndpoint: `${origin}/revoke`,
    apiUrl: `${origin}/api`,
    clientId: CLIENT_ID,
    scope: SCOPE,
    fetch: createServiceFetch(service),
    state,
    show: (userCode, verificationUri) => print("stderr", `${userCode} ${verificationUri}`),
  };
  const work = (async (): Promise<"done" | "failed"> => {
    try {
      const result: unknown = await functions[action]?.(context);
      if (typeof result === "string") print("stdout", result);
      else if (Array.isArray(result)) print("stdout", result.join("\n"));
      return "done";
    } catch (error) {
      print("stderr", error instanceof Error ? error.message : String(error));
      return "failed";
    }
  })();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, limit, "late");
  });
  const outcome = await Promise.race([work, late]);
  clearTimeout(timer);
  return {
    action,
    ...(outcome === "late"
      ? { ending: "took too long" }
      : { ending: "exited", exit: outcome === "done" ? 0 : 1 }),
    printed,
    startedAt,
    endedAt: now(),
  };
}
