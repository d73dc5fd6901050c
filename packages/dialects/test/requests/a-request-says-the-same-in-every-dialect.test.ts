import { type Dialect, translateRequest } from "@tokenflow/dialects";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Talk, talks, withoutMarks, writeTalk } from "../support/conversation.ts";

const DIALECTS: readonly Dialect[] = ["chat", "responses", "messages"];
const pairs = DIALECTS.flatMap((from) =>
  DIALECTS.filter((to) => to !== from).map((to) => [from, to] as const),
);

type JsonObject = Parameters<typeof translateRequest>[0];

function translated(body: unknown, from: Dialect, to: Dialect): unknown {
  return withoutMarks(translateRequest(body as JsonObject, { from, to }).body);
}

/** The differences that the table of members lists. */
function asSaidIn(talk: Talk, from: Dialect, to: Dialect): Talk {
  const isFromMessages = from === "messages";
  return {
    ...talk,
    // Messages has no way to forbid parallel calls and all calls at once.
    parallel: talk.parallel || ((from === "messages" || to === "messages") && talk.choice === "none"),
    // Without parallel calls a choice has to be named.
    choice: isFromMessages && talk.choice === undefined && !talk.parallel ? "auto" : talk.choice,
    tools: talk.tools.map((tool) => ({ ...tool })),
  };
}

describe.each(pairs)("%s to %s", (from, to) => {
  // Chat Completions has no pictures in a tool's result, so they come back as the user's.
  const simple = talks.map(
    (talk): Talk =>
      from === "chat"
        ? {
            ...talk,
            turns: talk.turns.map((turn) =>
              turn.by === "user"
                ? turn
                : { ...turn, calls: turn.calls.map((call) => ({ ...call, picture: false })) },
            ),
          }
        : talk,
  );

  test("a conversation is what its documentation calls for", () => {
    fc.assert(
      fc.property(simple, (talk) => {
        const expected = writeTalk(asSaidIn(talk, from, to), to);
        expect(withStrict(translated(writeTalk(talk, from), from, to))).toEqual(
          withStrict(withoutMarks(expected)),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("there and back it is the same", () => {
    fc.assert(
      fc.property(simple, (talk) => {
        const withoutPictures =
          to === "chat"
            ? {
                ...talk,
                turns: talk.turns.map((turn) =>
                  turn.by === "user"
                    ? turn
                    : { ...turn, calls: turn.calls.map((call) => ({ ...call, picture: false })) },
                ),
              }
            : talk;
        const original = writeTalk(asSaidIn(asSaidIn(withoutPictures, from, to), to, from), from);
        const there = translateRequest(original as JsonObject, { from, to }).body;
        expect(withStrict(translated(there, to, from))).toEqual(withStrict(withoutMarks(original)));
      }),
      { numRuns: 60 },
    );
  });
});

/** Only Responses distinguishes a tool that is not strict from one that says nothing. */
function withStrict(body: unknown): unknown {
  return JSON.parse(
    JSON.stringify(body, (key, value: unknown) => (key === "strict" && value === false ? undefined : value)),
  );
}
