/** Why a change that no test notices does no harm. It is found by its file, and by parts of the code before and after. */
export interface Reason {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly reason: string;
}

export const REASONS: readonly Reason[] = [
  {
    file: "record/record.ts",
    before: '""',
    after: "Stryker",
    reason: "A text that is split has a first part, so this is never reached.",
  },
  {
    file: "record/to-session.ts",
    before: "grant === undefined",
    after: "false",
    reason: "A property that is not there can be hidden as well.",
  },
  {
    file: "refresh/refresh-policy.ts",
    before: "need.minValidity !== undefined",
    after: "true",
    reason: "No number is less than `undefined`, so nothing changes.",
  },
  {
    file: "refresh/refresh-policy.ts",
    before: "notBefore !== undefined",
    after: "true",
    reason: "The difference to `undefined` is no number, which is never less than another.",
  },
  {
    file: "refresh/refresh-policy.ts",
    before: '"never"',
    after: "",
    reason: "A word has no `within`, and no age is less than `undefined`.",
  },
];
