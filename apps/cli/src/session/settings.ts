import { type Config, hidePasswords } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";

/** A setting as it holds now, and who says so. */
export interface Setting {
  readonly setting: string;
  /** Absent where it is not set and has no default. */
  readonly value?: string | undefined;
  readonly from: string;
}

const FILE = "config.json";

/** Every setting, by who is asked first: the flag, the environment, `config.json`, the default. No passwords. */
export function effectiveSettings(
  { store: flag, env }: Pick<Context, "store" | "env">,
  { store, encryption, providers }: Config,
): readonly Setting[] {
  const given = env["TOKENFLOW_STORE"] || undefined;
  const from = flag ? "--store" : given ? "TOKENFLOW_STORE" : store ? FILE : "default";
  return [
    { setting: "store", value: hidePasswords(flag ?? given ?? store ?? "file"), from },
    { setting: "encryption", value: encryption ?? "none", from: encryption ? FILE : "default" },
    ...Object.entries(providers).flatMap(([id, declaration]) =>
      Object.entries<string | undefined>({ ...declaration }).flatMap(([name, value]) =>
        value === undefined ? [] : [{ setting: `providers.${id}.${name}`, value, from: FILE }],
      ),
    ),
  ];
}
