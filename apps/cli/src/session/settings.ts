import { type Config, hidePasswords } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";

/** A setting's current value and its source. */
export interface Setting {
  readonly setting: string;
  /** Absent if it is not set and has no default. */
  readonly value?: string | undefined;
  readonly from: string;
}

const FILE = "config.json";

/** Returns every setting from its first source: the flag, the environment, `config.json`, the default. Hides passwords. */
export function effectiveSettings(
  { store: flag, env }: Pick<Context, "store" | "env">,
  { store, encryption, providers }: Config,
): readonly Setting[] {
  const variable = env["TOKENFLOW_STORE"] || undefined;
  const from = flag ? "--store" : variable ? "TOKENFLOW_STORE" : store ? FILE : "default";
  return [
    { setting: "store", value: hidePasswords(flag ?? variable ?? store ?? "file"), from },
    { setting: "encryption", value: encryption ?? "none", from: encryption ? FILE : "default" },
    ...Object.entries(providers).flatMap(([id, declaration]) =>
      Object.entries<unknown>({ ...declaration }).flatMap(([name, value]) =>
        value === undefined ? [] : [{ setting: `providers.${id}.${name}`, value: textOf(value), from: FILE }],
      ),
    ),
  ];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
