import { EXIT, hidePasswords, type SessionStoreContext } from "@tokenflow/common";
import { type Command, type Context, defineCommand, version } from "../cli/command.ts";
import { shortenPaths } from "../cli/problem.ts";
import { type Check, errorFinding, type Finding } from "../doctor/check.ts";
import { node, otherClients } from "../doctor/machine.ts";
import { network } from "../doctor/network.ts";
import { type CheckedFinding, runChecks } from "../doctor/run-checks.ts";
import { services } from "../doctor/services.ts";
import { sessions as sessionCheck } from "../doctor/sessions.ts";
import { settings } from "../doctor/settings.ts";
import { store } from "../doctor/store.ts";
import { availableSessions, isConfigured } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";
import { nameExternalSignIn } from "../sign-in/find-external-sign-ins.ts";

const CHECKS: readonly Check[] = [node, settings, store, network, services, sessionCheck, otherClients];
const MARKS = { green: "ok  ", yellow: "note", red: "FAIL" } as const;
/** If several checks fail, the one that may have caused the others decides the exit code. */
const EXIT_PRIORITY = [EXIT.usage, EXIT.store, EXIT.unavailable, EXIT.refused, EXIT.signedOut];

export const doctor: Command = defineCommand({
  usage: "doctor",
  about:
    "Checks everything that a token depends on, and prints what is wrong and how to fix it. Changes nothing, redeems nothing and prints no secrets, so you can paste the output into a bug report.",
  positionals: 0,
  options: {
    json: { type: "boolean", help: "print a JSON array" },
  },
  examples: [
    ["tokenflow doctor", "what is wrong"],
    ["tokenflow doctor --json | jq '.[] | select(.level == \"red\")'", "for a script"],
  ],
  async run({ flags }, context) {
    const { terminal } = context;
    const findings = (await examine(context)).map(withoutSecrets);
    terminal.live(undefined);
    if (flags.json) {
      const rows = findings.map(({ exit: _exit, ...finding }) => finding);
      terminal.print(JSON.stringify(rows, undefined, 2));
    } else {
      const found = findings.flatMap((one) => lines(one, context)).map(terminal.asStarted);
      terminal.print([`tokenflow ${version}`, ...found].join("\n"));
    }
    const exits = findings.filter(({ level }) => level === "red").map(({ exit }) => exit ?? EXIT.unexpected);
    if (exits.length === 0) return EXIT.done;
    return EXIT_PRIORITY.find((exit) => exits.includes(exit)) ?? EXIT.unexpected;
  },
});

async function examine(context: Context): Promise<readonly CheckedFinding[]> {
  const { terminal, signal } = context;
  const onProgress = (running: readonly string[]): void =>
    terminal.live(running.length > 0 ? `Checking ${running.join(", ")} …` : undefined);
  let storeContext: SessionStoreContext;
  try {
    storeContext = await openStore(context);
  } catch (error) {
    // Only these checks need no store.
    const others = await runChecks([node, network], { context, signal }, onProgress);
    return [...others, { check: "store", ...(await errorFinding(error, "it cannot be opened")) }];
  }
  await using opened = storeContext;
  // If the store cannot list sessions, its own check reports that.
  const available = await availableSessions(opened, context.env).catch(() => []);
  const sessions = available.filter((name) => isConfigured(name, opened));
  const lookUp = (): Promise<string | undefined> => nameExternalSignIn(context.env);
  return await runChecks(
    CHECKS,
    { context, storeContext: opened, signal, sessions, nameExternalSignIn: lookUp },
    onProgress,
  );
}

function lines({ check, level, message, fix }: CheckedFinding, { terminal }: Context): readonly string[] {
  const mark = terminal.paint(level, MARKS[level]);
  const line = `${mark}  ${check.padEnd(8)}  ${message}`;
  return fix === undefined ? [line] : [line, `${" ".repeat(16)}${fix}`];
}

function withoutSecrets<T extends Finding>(finding: T): T {
  const clean = (text: string): string => hidePasswords(shortenPaths(text));
  return {
    ...finding,
    message: clean(finding.message),
    ...(finding.fix === undefined ? {} : { fix: clean(finding.fix) }),
  };
}
