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
import { availableSessions } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";
import { nameExternalSignIn } from "../sign-in/find-external-sign-ins.ts";

const CHECKS: readonly Check[] = [node, settings, store, network, services, sessionCheck, otherClients];
const MARKS = { green: "ok  ", yellow: "note", red: "FAIL" } as const;
/** Of several troubles the one that others may come from decides what the process ends with. */
const FIRST_TO_ACT = [EXIT.usage, EXIT.store, EXIT.unavailable, EXIT.refused, EXIT.signedOut];

export const doctor: Command = defineCommand({
  usage: "doctor",
  about:
    "Looks at everything that a token depends on, and says what is wrong and what mends it. Changes nothing, redeems nothing, and prints no secret, so that all of it can stand in a bug report.",
  positionals: 0,
  examines: true,
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
      terminal.print([`tokenflow ${version}`, ...findings.flatMap((one) => lines(one, context))].join("\n"));
    }
    const exits = findings.filter(({ level }) => level === "red").map(({ exit }) => exit ?? EXIT.unexpected);
    if (exits.length === 0) return EXIT.done;
    return FIRST_TO_ACT.find((exit) => exits.includes(exit)) ?? EXIT.unexpected;
  },
});

async function examine(context: Context): Promise<readonly CheckedFinding[]> {
  const { terminal, signal } = context;
  const onProgress = (running: readonly string[]): void =>
    terminal.live(running.length > 0 ? `Looking at ${running.join(", ")} …` : undefined);
  let place: SessionStoreContext;
  try {
    place = await openStore(context);
  } catch (error) {
    // Without a store there is nothing to look at but what needs none.
    const others = await runChecks([node, network], { context, signal }, onProgress);
    return [...others, { check: "store", ...(await errorFinding(error, "it cannot be opened")) }];
  }
  await using opened = place;
  // A store that cannot list them says so in a check of its own.
  const sessions = await availableSessions(opened, context.env).catch(() => []);
  const lookUp = (): Promise<string | undefined> => nameExternalSignIn(context.env);
  return await runChecks(
    CHECKS,
    { context, place: opened, signal, sessions, nameExternalSignIn: lookUp },
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
