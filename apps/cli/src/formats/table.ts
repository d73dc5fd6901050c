import { bazel } from "./bazel.ts";
import { docker } from "./docker.ts";
import { git } from "./git.ts";
import { goauth } from "./goauth.ts";
import type { HelperFormat } from "./helper.ts";
import { PRINTED } from "./printed.ts";
import { terraform } from "./terraform.ts";

/** The formats that answer a question of another program. */
export const HELPERS: Readonly<Record<string, HelperFormat>> = { git, docker, bazel, goauth, terraform };

export const FORMATS: readonly string[] = [...Object.keys(PRINTED), ...Object.keys(HELPERS)];

/** One question on a command line: `token [provider] --format git get`. */
export interface HelperCall {
  readonly provider: string | undefined;
  readonly operation: string;
  readonly argument: string | undefined;
}

/**
 * Splits the words of a helper's command line. The program appends the operation, so a provider comes before it.
 * @returns `undefined` if the operation is missing or not one of the protocol
 */
export function splitWords(helper: HelperFormat, words: readonly string[]): HelperCall | undefined {
  const { operations, operation, takesArgument = false } = helper;
  if (operation !== undefined) {
    const isArgument = (word: string | undefined): boolean => word?.includes("://") ?? false;
    const [first, second] = words;
    if (isArgument(first))
      return second === undefined ? { provider: undefined, operation, argument: first } : undefined;
    return words.length > 2 ? undefined : { provider: first, operation, argument: second };
  }
  const at = words.findIndex((word) => operations.includes(word));
  const [found, argument, ...rest] = words.slice(at);
  if (at < 0 || at > 1 || found === undefined || rest.length > 0) return undefined;
  if (argument !== undefined && !takesArgument) return undefined;
  return { provider: at === 1 ? words[0] : undefined, operation: found, argument };
}

const NAMES: Readonly<Record<string, string>> = {
  "git-credential-tokenflow": "git",
  "tokenflow-git-credential": "git",
  "docker-credential-tokenflow": "docker",
  "terraform-credentials-tokenflow": "terraform",
};

/** Returns the command line that the name of the program stands for: git and docker find their helpers by name. */
export function commandLineOf(program: string, args: readonly string[]): readonly string[] {
  const [, name = ""] = /([^/\\]*?)(?:\.(?:c?js|exe|cmd))?$/.exec(program) ?? [];
  const format = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  return format === undefined ? args : ["token", "--format", format, ...args];
}
