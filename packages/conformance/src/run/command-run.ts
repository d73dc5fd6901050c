import { spawn } from "node:child_process";
import type { Ending, Printed, Run } from "../judge/evidence.ts";
import type { RunStep } from "../scenarios/scenario.ts";
import type { OAuthService } from "../service/oauth-service.ts";
import { atExit } from "./at-exit.ts";

/** The most that a run may print. */
const MAX_OUTPUT = 8 * 2 ** 20;
/** How long a process that has ended may keep its streams open by its children, in ms. */
const STREAMS_GRACE = 300;
const LOOK_EVERY = 10;

export interface CommandRunOptions {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
  readonly step: RunStep;
  readonly service: OAuthService;
  /** In ms. */
  readonly limit: number;
  /** Returns ms since the scenario began. */
  readonly now: () => number;
  /** Called with the process group, as soon as there is one. */
  readonly onStart?: ((group: number) => void) | undefined;
}

/** Runs a command in a shell, as a process group of its own, which never outlives the run. */
export function runCommand(options: CommandRunOptions): Promise<Run> {
  const { command, env, step, service, limit, now } = options;
  const startedAt = now();
  const printed: Printed[] = [];
  let ending: Ending = "exited";
  let size = 0;
  const child = spawn(command, { shell: true, detached: true, env, stdio: ["ignore", "pipe", "pipe"] });
  const group = child.pid;
  if (group !== undefined) options.onStart?.(group);
  const forget = atExit(() => signal(group, "SIGKILL"));

  const kill = (why: Ending): void => {
    ending = why;
    signal(group, "SIGCONT");
    signal(group, "SIGKILL");
  };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8");
    child[stream].on("data", (text: string) => {
      size += text.length;
      if (size <= MAX_OUTPUT) printed.push({ at: now(), stream, text });
      else if (ending === "exited") kill("printed too much");
    });
  }
  const deadline = setTimeout(() => kill("took too long"), limit);
  const stopWatching = watch(step, service, { group, kill });

  return new Promise((resolve) => {
    let settled = false;
    const settle = (exit: number | null, killedBy: string | null): void => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      stopWatching();
      forget();
      signal(group, "SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({
        action: step.do,
        ending,
        ...(exit === null ? {} : { exit }),
        ...(killedBy === null ? {} : { signal: killedBy }),
        printed,
        startedAt,
        endedAt: now(),
      });
    };
    child.once("error", (error) => {
      printed.push({ at: now(), stream: "stderr", text: `${error.message}\n` });
      ending = "not started";
      settle(null, null);
    });
    child.once("close", settle);
    child.once("exit", (exit, killedBy) => {
      setTimeout(() => settle(exit, killedBy), STREAMS_GRACE).unref();
    });
  });
}

/** Stops, continues and kills the process group as the step says. Returns how to end the watch. */
function watch(
  { stopped, killedAtRefresh }: RunStep,
  { journal }: OAuthService,
  { group, kill }: { readonly group: number | undefined; readonly kill: (why: Ending) => void },
): () => void {
  if (!stopped && !killedAtRefresh) return () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = setInterval(() => {
    const { entries } = journal;
    if (killedAtRefresh && entries.some(({ kind, outcome }) => kind === "refresh" && outcome !== undefined)) {
      clearInterval(look);
      kill("killed by the scenario");
    }
    const polls = entries.filter(({ kind, answeredAt }) => kind === "poll" && answeredAt !== undefined);
    if (stopped && polls.length >= stopped.afterPolls) {
      clearInterval(look);
      signal(group, "SIGSTOP");
      timer = setTimeout(() => signal(group, "SIGCONT"), stopped.forMs);
    }
  }, LOOK_EVERY);
  return () => {
    clearInterval(look);
    clearTimeout(timer);
  };
}

/** Sends a signal to a process group that may be gone. */
function signal(group: number | undefined, name: NodeJS.Signals): void {
  if (group === undefined) return;
  try {
    process.kill(-group, name);
  } catch {
    // It has ended.
  }
}
