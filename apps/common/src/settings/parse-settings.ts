import { isNestedTooDeep, parseJson } from "@tokenflow/core/store";
import { suggest } from "../messages/suggest.ts";
import type { CheckedSettings, SettingPath } from "./check-settings.ts";
import { jsonErrorPosition, jsonMemberPosition } from "./json-position.ts";

/** One sentence about a file of settings, and the place as `line:column` if there is one. */
export interface SettingsRemark {
  readonly message: string;
  readonly position?: string | undefined;
}

/** An error in a file of settings. */
export class SettingsError extends Error implements SettingsRemark {
  readonly position: string | undefined;

  constructor({ message, position }: SettingsRemark) {
    super(message);
    this.name = "SettingsError";
    this.position = position;
  }
}

export interface ParsedSettings<Output> {
  readonly output: Output;
  /** One remark for each member that is not known. */
  readonly warnings: readonly SettingsRemark[];
}

/**
 * Reads the text of a file of settings.
 * @throws SettingsError that names the member, the value and the place
 */
export function parseSettings<Output>(
  text: string,
  check: (value: unknown) => CheckedSettings<Output>,
): ParsedSettings<Output> {
  if (isNestedTooDeep(text)) throw new SettingsError({ message: "is nested too deeply" });
  const value = parseJson(text);
  // The place alone: Node's words would show some of the text, and a secret may be in it.
  if (value === undefined)
    throw new SettingsError({ message: "not valid JSON", position: jsonErrorPosition(text) });
  const { output, problem, unknown } = check(value);
  const positionOf = (path: SettingPath): string => jsonMemberPosition(text, path);
  if (problem?.path.length === 0) throw new SettingsError({ message: "must be a JSON object" });
  if (problem) {
    const message = `"${problem.path.join(".")}" ${problem.text}`;
    throw new SettingsError({ message, position: positionOf(problem.path) });
  }
  if (output === undefined) throw new SettingsError({ message: "must be a JSON object" });
  return {
    output,
    warnings: unknown.map(({ path, known }) => {
      const near = suggest(String(path.at(-1)), known);
      const message = `unknown setting "${path.join(".")}"${near ? `; did you mean ${near}?` : ""}`;
      return { message, position: positionOf(path) };
    }),
  };
}

/** Writes a remark the way that compilers do: `config.json:3:5: unknown setting "sotre"`. */
export function formatRemark(file: string, { message, position }: SettingsRemark): string {
  return position === undefined ? `${file} ${message}` : `${file}:${position}: ${message}`;
}
