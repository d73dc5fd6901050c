import type { Action, Sighting } from "../judge/evidence.ts";
import type { Need, RunStep } from "../scenarios/scenario.ts";
import { CLIENT_ID, SCOPE } from "../service/endpoints.ts";
import { listen } from "../service/listen.ts";
import type { OAuthService } from "../service/oauth-service.ts";
import type { Client, ClientSession, Commands } from "./client.ts";
import { runCommand } from "./command-run.ts";
import { createHome } from "./home.ts";
import { quote, readMachine } from "./machine.ts";
import { findInProcesses } from "./processes.ts";

/** The flags of the command line that offer an action. */
export const COMMAND_FLAGS: Readonly<Record<Action, string>> = {
  signIn: "--command",
  token: "--token-command",
  request: "--request-command",
  callers: "--callers-command",
  signOut: "--sign-out-command",
};

const MACHINE_ADVICE: Readonly<Partial<Record<Need, string>>> = {
  signals: "needs a POSIX system",
  linux: "needs Linux",
  "read-only": "needs a user other than root, or the right to mount",
  faketime: "needs the program faketime",
};

/** A client that is a command, in any language. */
export function createCommandClient(commands: Commands): Client {
  const machine = readMachine();
  const actions = (["token", "request", "callers", "signOut"] as const).filter((name) => commands[name]);
  return {
    offers: new Set<Need>([...machine.offers, ...actions]),
    explain: (need) =>
      MACHINE_ADVICE[need] ??
      (need === "process" ? "needs a process of its own" : `offer it with ${COMMAND_FLAGS[need as Action]}`),
    open: (service) => openSession(commands, service),
  };
}

async function openSession(commands: Commands, service: OAuthService): Promise<ClientSession> {
  const startedAt = performance.now();
  const server = await listen(service);
  const home = await createHome();
  const processes: Sighting[] = [];
  const groups = new Set<number>();
  let writable = true;
  const env = { ...withoutProxies(process.env), ...home.env, ...contract(service) };
  if (process.platform === "linux") {
    service.onArrival = () => {
      if (processes.length > 0) return;
      for (const group of groups) processes.push(...findInProcesses(group, service.secrets.issued));
    };
  }
  return {
    processes,
    async run(step, limit) {
      const command = wrap(commands[step.do] ?? "", step, writable);
      const now = (): number => performance.now() - startedAt;
      let group: number | undefined;
      const onStart = (id: number): void => {
        group = id;
        groups.add(id);
      };
      const run = await runCommand({ command, env, step, service, limit, now, onStart });
      if (group !== undefined) groups.delete(group);
      return run;
    },
    files: () => home.find(service.secrets.issued),
    async setWritable(next) {
      writable = next;
      if (!readMachine().wrapReadOnly) await home.setWritable(next);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

function wrap(command: string, { clock }: RunStep, writable: boolean): string {
  const shifted =
    clock === undefined ? command : `faketime --exclude-monotonic -f ${quote(clock)} sh -c ${quote(command)}`;
  return writable ? shifted : (readMachine().wrapReadOnly?.(shifted) ?? shifted);
}

/** The variables that a client under test reads. */
function contract({ origin }: OAuthService): Readonly<Record<string, string>> {
  return {
    ISSUER: origin,
    DEVICE_AUTHORIZATION_ENDPOINT: `${origin}/device_authorization`,
    TOKEN_ENDPOINT: `${origin}/token`,
    REVOCATION_ENDPOINT: `${origin}/revoke`,
    API_URL: `${origin}/api`,
    CLIENT_ID,
    SCOPE,
  };
}

/** Everything is on loopback. */
function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(https?|all|no)_proxy$/i.test(name)));
}
