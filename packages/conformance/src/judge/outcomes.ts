import type { Action, Evidence, Run } from "./evidence.ts";
import { type Expectation, endingOf, lastLine, runOf, textOf } from "./expectation.ts";
import { visible } from "./visible.ts";

const NAMES: Readonly<Record<Action, string>> = {
  signIn: "sign-in",
  token: "token command",
  request: "request command",
  callers: "callers command",
  signOut: "sign-out command",
};

function nameOf(action: Action, number: number): string {
  return number === 1 ? `the ${NAMES[action]}` : `${NAMES[action]} ${number}`;
}

/** Expects a run to exit with 0 and to print a token that the server has issued, as its last line. */
export function prints(action: "signIn" | "token", number = 1): Expectation {
  const name = nameOf(action, number);
  return {
    text: `prints an access token, and exits with 0 (${name})`,
    judge(evidence) {
      const run = runOf(evidence, action, number);
      if (!run) return `${name} did not run`;
      if (run.ending !== "exited" || run.exit !== 0) return `${name} ${endingOf(run)}${lastWords(run)}`;
      return notAToken(evidence, lastLine(run), name);
    },
  };
}

export const signsIn: Expectation = prints("signIn");

/** Expects a run to end by itself with another exit code than 0. */
export function fails(action: Action, number = 1): Expectation {
  const name = nameOf(action, number);
  return {
    text: `ends by itself, and not with 0 (${name})`,
    judge(evidence) {
      const run = runOf(evidence, action, number);
      if (!run) return `${name} did not run`;
      if (run.ending !== "exited") return `${name} ${endingOf(run)}`;
      return run.exit === 0 ? `${name} exited with 0` : undefined;
    },
  };
}

/** Expects a run to end by itself, however. */
export function ends(action: Action, number = 1): Expectation {
  const name = nameOf(action, number);
  return {
    text: `ends by itself (${name})`,
    judge(evidence) {
      const run = runOf(evidence, action, number);
      if (!run) return `${name} did not run`;
      return run.ending === "exited" && run.exit !== undefined ? undefined : `${name} ${endingOf(run)}`;
    },
  };
}

/** Expects a run to exit with 0. */
export function succeeds(action: Action, number = 1): Expectation {
  const name = nameOf(action, number);
  return {
    text: `exits with 0 (${name})`,
    judge(evidence) {
      const run = runOf(evidence, action, number);
      if (!run) return `${name} did not run`;
      return run.ending === "exited" && run.exit === 0
        ? undefined
        : `${name} ${endingOf(run)}${lastWords(run)}`;
    },
  };
}

/** Expects text on either stream after the answer that ended the sign-in. */
export const saysWhy: Expectation = {
  text: "prints something about the end of the sign-in",
  judge(evidence) {
    const run = runOf(evidence, "signIn");
    const last = evidence.exchanges.findLast(({ answeredAt }) => answeredAt !== undefined)?.answeredAt ?? 0;
    const isTold = run?.printed.some(({ at, text }) => at >= last && text.trim() !== "") === true;
    return isTold ? undefined : "nothing was printed after the last answer";
  },
};

/** Expects every run of the callers' command to print as many issued tokens as there are callers. */
export function printsTokens(count: number): Expectation {
  return {
    text: `prints ${count} access tokens, and exits with 0 (the callers command)`,
    judge(evidence) {
      const run = runOf(evidence, "callers");
      if (!run) return "the callers command did not run";
      if (run.ending !== "exited" || run.exit !== 0) return `it ${endingOf(run)}${lastWords(run)}`;
      const lines = textOf(run, "stdout").trim().split(/\s+/);
      if (lines.length !== count) return `it printed ${lines.length} tokens`;
      return lines.map((line) => notAToken(evidence, line, "it")).find((wrong) => wrong !== undefined);
    },
  };
}

function notAToken({ secrets }: Evidence, line: string, name: string): string | undefined {
  if (line === "")
    return `${name} exited with 0 and printed nothing; the token must be the last line of stdout`;
  const found = secrets.find(({ text }) => text === line);
  if (found?.kind === "access token") return undefined;
  const shown = found ? `the ${found.label}` : JSON.stringify(line.slice(0, 60));
  return `${name} exited with 0, and its last line is ${shown}, not an access token of the server`;
}

/** Returns the last line that a failed run printed, as a hint. */
export function lastWords(run: Run): string {
  const line = textOf(run).trim().split(/\r?\n/).at(-1) ?? "";
  return line === "" ? ", without a word" : `: ${visible(line.slice(0, 200))}`;
}
