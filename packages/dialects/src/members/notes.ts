import { DIALECT_NAMES, type Dialect, DialectError } from "../base/dialect.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { CHAT_MEMBERS } from "./chat-members.ts";
import type { Member } from "./member.ts";
import { MESSAGES_MEMBERS } from "./messages-members.ts";
import { RESPONSES_MEMBERS } from "./responses-members.ts";

/** The members of each dialect's requests. */
export const MEMBERS: Readonly<Record<Dialect, ReadonlyMap<string, Member>>> = {
  chat: CHAT_MEMBERS,
  responses: RESPONSES_MEMBERS,
  messages: MESSAGES_MEMBERS,
};

/** A name that may be in a header and a log, although it comes from the caller. */
const PLAIN_NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** The most names that are listed: they go into a header. */
const MAX_LEFT = 32;
const OTHER = "other";

/** Collects what a translation leaves away, and refuses what it cannot express, by the table of members. */
export interface Notes {
  readonly from: Dialect;
  readonly to: Dialect;
  /** The members that were left away, without their places, in the order of their first occurrence. */
  readonly left: ReadonlySet<string>;
  /**
   * Looks up a member that the request has.
   * @param path its place, if the request has several
   * @throws DialectError if the other dialect cannot express it
   */
  see(name: string, value: JsonValue | undefined, path?: string): void;
  /** Looks up all members of the body. One that is not in the table is left away. */
  seeAll(body: JsonObject): void;
  leave(name: string): void;
  /** @throws DialectError always */
  refuse(member: string, reason: string): never;
}

export function createNotes(from: Dialect, to: Dialect): Notes {
  const left = new Set<string>();
  const table = MEMBERS[from];

  const refuse = (member: string, reason: string): never => {
    const advice = reason === "" ? "Leave it away" : reason;
    throw new DialectError(
      member,
      `${DIALECT_NAMES[to]} cannot express "${member}" of ${DIALECT_NAMES[from]}, and this model is served only there. ${sentence(advice)}, or choose another model.`,
    );
  };
  const leave = (name: string): void => void left.add(left.size < MAX_LEFT ? name : OTHER);
  const see = (name: string, value: JsonValue | undefined, path = name): void => {
    if (value === undefined || value === null) return;
    const member = table.get(name);
    const fate = member?.fates[to] ?? "left";
    if (fate !== "left" && fate !== "refused") return;
    if (member?.harmless.some((one) => isSame(one, value)) === true) return;
    if (fate === "left") leave(member || PLAIN_NAME.test(name) ? name : OTHER);
    else refuse(path, member?.note ?? "");
  };

  return {
    from,
    to,
    left,
    see,
    seeAll(body) {
      for (const name in body) see(name, body[name]);
    },
    leave,
    refuse,
  };
}

function isSame(one: JsonValue, other: JsonValue): boolean {
  return one === other || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, "");
}
