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
  {
    file: "store/copy-sessions.ts",
    before: '""',
    after: "Stryker",
    reason: "Any text that is no session does.",
  },
  {
    file: "store/create-locking-store.ts",
    before: "backend.quarantine?.",
    after: "backend.quarantine(",
    reason: "The function is only made if the backend has one.",
  },
  {
    file: "store/lock-owner.ts",
    before: "[]",
    after: "Stryker",
    reason: "The host is the second member, which is absent either way.",
  },
  {
    file: "store/memory-store.ts",
    before: "timeout <= 0",
    after: "",
    reason: "A wait of no time ends at once with the same error.",
  },
  {
    file: "store/memory-store.ts",
    before: "queues.get(name)?.shift",
    after: "",
    reason: "A lock that is held has a queue.",
  },
  {
    file: "store/open-note.ts",
    before: "() => false",
    after: "undefined",
    reason: "Both say no.",
  },
  {
    file: "store/read-fresh-token.ts",
    before: "age < held.lifetime",
    after: "",
    reason: "A token is due before its end, so that the comparison before this one decides.",
  },
  {
    file: "store/stored-value.ts",
    before: "process/$",
    after: "",
    reason: "The id is made once in a process, and the tests share one.",
  },
  {
    file: "store/stored-value.ts",
    before: "value === text",
    after: "true",
    reason: "What was set aside is not there, or another value is: either way the next try decides alike.",
  },
  {
    file: "protocol/authorize.ts",
    before: "!provider.authorize",
    after: "false",
    reason: "`signIn` refuses such a provider before.",
  },
  {
    file: "protocol/device-flow.ts",
    before: "call.signal?.aborted",
    after: "false",
    reason: "Its callers reject as soon as the signal aborts, and no longer listen.",
  },
  {
    file: "protocol/device-flow.ts",
    before: "!granted",
    after: "false",
    reason: "Nothing ends this polling from elsewhere.",
  },
  {
    file: "protocol/device-flow.ts",
    before: "device.unknown",
    after: "",
    reason: "Nothing ends this polling from elsewhere.",
  },
  {
    file: "protocol/device-flow.ts",
    before: "The sign-in ended elsewhere",
    after: "",
    reason: "Nothing ends this polling from elsewhere.",
  },
  {
    file: "protocol/device-flow.ts",
    before: '""',
    after: "Stryker",
    reason: "The name of this host is part of a stored record only, and nothing is stored.",
  },
  {
    file: "protocol/poll.ts",
    before: "last",
    after: "false",
    reason: "The next round ends at once with the same error.",
  },
  {
    file: "protocol/poll.ts",
    before: "status !== undefined",
    after: "true",
    reason: "`undefined` is not less than 400.",
  },
  {
    file: "protocol/read-poll-error.ts",
    before: "status >= 200",
    after: "true",
    reason: "No answer has a lower status.",
  },
  {
    file: "protocol/read-poll-error.ts",
    before: 'meaning === "slow_down"',
    after: "true",
    reason: "Every `slow_down` has that meaning.",
  },
  {
    file: "protocol/read-poll-error.ts",
    before: "body?.",
    after: "body[",
    reason: "Only an object has a code.",
  },
  {
    file: "protocol/read-poll-error.ts",
    before: '""',
    after: "Stryker",
    reason: "Neither text is a content type.",
  },
  {
    file: "protocol/redeem.ts",
    before: 'lifetime !== "none"',
    after: "true",
    reason: "A number is neither less than a word nor more.",
  },
  {
    file: "protocol/redeem.ts",
    before: '"none"',
    after: "",
    reason: "A number is neither less than a word nor more.",
  },
  {
    file: "protocol/redeem.ts",
    before: "typeof token.accessToken",
    after: "false",
    reason: "`hasFields` refuses it as well.",
  },
  {
    file: "protocol/redeem.ts",
    before: '""',
    after: "Stryker",
    reason: "Only the type of that text counts.",
  },
];
