import type { SecretKind } from "../service/secrets.ts";
import type { Evidence, Printed } from "./evidence.ts";
import { type Expectation, pollsOf, runOf, textOf } from "./expectation.ts";

/** Expects the person to be shown the user code, not only as a part of an address. */
export const showsCode: Expectation = {
  text: "shows the user code",
  judge(evidence) {
    return momentOf(evidence, isCode(evidence)) === undefined ? "the code was not printed" : undefined;
  },
};

/** Expects the person to be shown the address, as text. */
export const showsAddress: Expectation = {
  text: "shows the verification address",
  judge(evidence) {
    const isThere = (text: string): boolean => text.includes(`${evidence.origin}/device`);
    return momentOf(evidence, isThere) === undefined ? "the address was not printed" : undefined;
  },
};

/** Expects the user code on the screen before the first poll. */
export const showsCodeFirst: Expectation = {
  text: "shows the code before it polls",
  judge(evidence) {
    const shownAt = momentOf(evidence, isCode(evidence));
    if (shownAt === undefined) return "the code was not printed";
    const polledAt = pollsOf(evidence)[0]?.arrivedAt ?? Number.POSITIVE_INFINITY;
    return shownAt < polledAt ? undefined : "the first poll came before it";
  },
};

/** Expects stdout to have the token and nothing else. */
export const printsTheTokenAlone: Expectation = {
  text: "prints nothing but the token on stdout",
  judge(evidence) {
    const run = runOf(evidence, "signIn");
    const lines = run ? textOf(run, "stdout").trim().split(/\r?\n/) : [];
    return lines.length === 1
      ? undefined
      : `stdout has ${lines.length} lines; everything else belongs on stderr`;
  },
};

/** Expects no secret of these kinds on a stream. */
export function keepsOff(stream: "stdout" | "stderr", kinds: readonly SecretKind[]): Expectation {
  return {
    text: `prints no ${kinds.join(" and no ")} on ${stream}`,
    judge({ runs, secrets }) {
      const text = runs.map((run) => textOf(run, stream)).join("\n");
      const found = secrets.find((secret) => kinds.includes(secret.kind) && text.includes(secret.text));
      return found ? `the ‹${found.label}› was printed` : undefined;
    },
  };
}

/** Expects no secret in the arguments or the environment of a process. */
export const keepsSecretsOffProcesses: Expectation = {
  text: "puts no secret into arguments or environments of processes",
  judge({ processes }) {
    const [found] = processes;
    return found ? `the ‹${found.secret.label}› was in ${found.place}` : undefined;
  },
};

/** Expects files with secrets to be readable by their owner alone. */
export const keepsFilesPrivate: Expectation = {
  text: "lets nobody else read a file with a secret",
  judge({ files }) {
    const open = files.find(({ mode }) => mode !== undefined && (mode & 0o077) !== 0);
    return open
      ? `${open.place} has the ‹${open.secret.label}› and mode ${(open.mode ?? 0).toString(8).padStart(4, "0")}`
      : undefined;
  },
};

/** Expects no file with a refresh token or a living token to remain. */
export const leavesNoSecret: Expectation = {
  text: "leaves no secret in its files",
  judge({ filesAtEnd }) {
    const [left] = filesAtEnd;
    return left ? `${left.place} still has the ‹${left.secret.label}›` : undefined;
  },
};

/** Expects no control character of the server's text on the terminal. */
export const printsNoControlCharacters: Expectation = {
  text: "prints no control characters that came from the server",
  judge({ runs }) {
    const text = runs.map((run) => textOf(run)).join("");
    return text.includes("\u001b]0;") ? "an escape sequence of the server was printed" : undefined;
  },
};

function isCode({ userCodes }: Evidence): (text: string) => boolean {
  const plain = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return (text) =>
    userCodes.some((code) => plain(text.replaceAll(`user_code=${code}`, "")).includes(plain(code)));
}

/** Returns when the text printed so far satisfied a condition, in ms since the scenario began. */
function momentOf({ runs }: Evidence, isSatisfied: (text: string) => boolean): number | undefined {
  for (const run of runs) {
    const soFar: Record<Printed["stream"], string> = { stdout: "", stderr: "" };
    for (const { at, stream, text } of run.printed) {
      soFar[stream] += text;
      if (isSatisfied(soFar[stream])) return at;
    }
  }
  return undefined;
}
