import { isJsonObject } from "@tokenflow/core/store";
import * as v from "valibot";

/** The path to a member: `["providers", "oauth:id.example.org", "scope"]`. */
export type SettingPath = readonly (string | number)[];

/** A member that does not fit its schema. */
export interface SettingProblem {
  readonly path: SettingPath;
  /** Follows the member's name: `must be text, not 1`. */
  readonly text: string;
}

/** A member that the schema does not know. */
export interface UnknownSetting {
  readonly path: SettingPath;
  /** The members that could be meant. */
  readonly known: readonly string[];
}

export interface CheckedSettings<Output> {
  /** Absent if there is a problem. */
  readonly output?: Output;
  readonly problem?: SettingProblem;
  readonly unknown: readonly UnknownSetting[];
}

const OR = " | ";

/** Stands before the schema of an object, because to valibot a list is an object too. */
export function jsonObject<Input>(): v.GenericSchema<Input> {
  return v.custom<Input>(isJsonObject, "an object");
}

/** The schema of an object whose other members are kept and reported. */
export function settingsObject<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.GenericSchema<unknown, v.InferOutput<v.LooseObjectSchema<Entries, undefined>>> {
  const known = Object.keys(entries);
  return v.pipe(
    jsonObject<v.InferInput<v.LooseObjectSchema<Entries, undefined>>>(),
    v.looseObject(entries),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const input: Readonly<Record<string, unknown>> = dataset.value;
      for (const [key, value] of Object.entries(input)) {
        if (known.includes(key)) continue;
        addIssue({ expected: known.join(OR), path: [{ type: "object", origin: "key", input, key, value }] });
      }
    }),
  );
}

/**
 * Checks a value against a schema, in which the message of each part is what the value must be: `text`.
 * @param secret the member whose values are never shown
 */
export function checkSettings<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  secret?: string,
): CheckedSettings<v.InferOutput<Schema>> {
  const { typed, output, issues = [] } = v.safeParse(schema, value);
  const isUnknown = ({ type }: v.BaseIssue<unknown>): boolean => type === "raw_check";
  const unknown = issues
    .filter(isUnknown)
    .map((issue) => ({ path: pathOf(issue), known: issue.expected?.split(OR) ?? [] }));
  const issue = issues.find((one) => !isUnknown(one));
  if (typed && !issue) return { output, unknown };
  const path = issue ? pathOf(issue) : [];
  return { problem: { path, text: issue ? describeIssue(issue, path[0] === secret) : "is wrong" }, unknown };
}

/** Returns what is wrong with a value: `must be text, not 1`. */
export function describeIssue({ input, message }: v.BaseIssue<unknown>, isSecret = false): string {
  if (input === undefined) return "is missing";
  const isShown = !isSecret && (typeof input !== "object" || input === null);
  const shown = typeof input === "string" ? `"${input}"` : JSON.stringify(input);
  return `must be ${message}${isShown ? `, not ${shown}` : ""}`;
}

function pathOf(issue: v.BaseIssue<unknown>): SettingPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}
