import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "@tokenflow/common";
import { usableBy } from "../clients/choose-model.ts";
import type { ExecSettings } from "../clients/client.ts";
import type { ClientModel } from "../clients/read-models.ts";
import { OTHER_PROGRAMS } from "../clients/table.ts";
import { type FoundClient, findClient } from "./find-client.ts";

export interface StartOptions {
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly url: string;
  readonly key: string;
  /** Empty if the service lists none. */
  readonly models: readonly ClientModel[];
  readonly say: (line: string) => void;
}

/** A command line that is ready to start. Dispose of it when the program has ended. */
export interface ClientStart extends AsyncDisposable {
  readonly words: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that count only where the person has set none. */
  readonly defaults: Readonly<Record<string, string>>;
  /** False for Claude Code, which would ask whether to use such a key. */
  readonly setsAnthropicKey: boolean;
}

/** The variable in which every program finds its key. */
const KEY_VARIABLE = "OPENAI_API_KEY";

/**
 * Adds what makes a known client use the proxy, and says if a client will not.
 * @throws UsageError if the service serves no model at an API that the client speaks
 */
export async function prepareClient(options: StartOptions): Promise<ClientStart> {
  const { words, url, key, models, say } = options;
  const found = findClient(words);
  const folder = createFolder();
  const settings = found?.client?.exec
    ? await found.client.exec(
        { url, key, keyVariable: KEY_VARIABLE, models: usableModels(found, models) },
        (name, text) => folder.write(name, text),
        words.slice(found.at ?? words.length),
      )
    : {};
  const warning = warningFor(found, settings);
  if (warning !== undefined) say(`tokenflow: ${warning}`);
  return {
    words: addArguments(words, found, settings.args ?? []),
    variables: settings.variables ?? {},
    defaults: settings.defaults ?? {},
    setsAnthropicKey: found?.program !== "claude",
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

function usableModels({ client }: FoundClient, models: readonly ClientModel[]): readonly ClientModel[] {
  if (client === undefined || models.length === 0) return models;
  const usable = usableBy(models, client.apis);
  if (usable.length > 0) return usable;
  throw new UsageError(
    `the service has no model for ${client.title}, which speaks ${client.apis.join(" and ")}`,
    "See: tokenflow api <provider> /models",
  );
}

/** Returns a sentence if the client would not reach the proxy. */
function warningFor(found: FoundClient | undefined, { args = [] }: ExecSettings): string | undefined {
  if (found === undefined) return undefined;
  const { program, client, at } = found;
  const reason = client === undefined ? OTHER_PROGRAMS[program] : client.elsewhere;
  if (reason !== undefined) {
    const instead =
      client === undefined ? "" : ` Use: tokenflow proxy, then tokenflow setup ${nameOf(program)}.`;
    return `${reason}. It will not use this proxy.${instead}`;
  }
  if (at === undefined && args.length > 0)
    return `${program} needs arguments of ours, which a line for a shell cannot be given. It will not use this proxy. Start it directly: tokenflow exec -- ${program}.`;
  return undefined;
}

/** Returns the name that `setup` knows. */
function nameOf(program: string): string {
  return program === "cn" ? "continue" : program === "zeditor" ? "zed" : program;
}

function addArguments(
  words: readonly string[],
  found: FoundClient | undefined,
  args: readonly string[],
): readonly string[] {
  if (found?.at === undefined || args.length === 0) return words;
  const dashes = found.needsDashes ? ["--"] : [];
  return [...words.slice(0, found.at), ...dashes, ...args, ...words.slice(found.at)];
}

/** A folder for files of one run, made when the first is written. */
function createFolder(): { write(name: string, text: string): Promise<string>; remove(): Promise<void> } {
  let folder: string | undefined;
  return {
    async write(name, text) {
      folder ??= await mkdtemp(join(tmpdir(), "tokenflow-exec-"));
      const path = join(folder, name);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    },
    async remove() {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
