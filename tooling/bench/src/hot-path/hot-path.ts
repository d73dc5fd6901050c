import { createFetch } from "@tokenflow/core";
import { differenceOf, type Figure, figure, ratioOf } from "../measure/figure.ts";
import { inRounds } from "../measure/in-rounds.ts";
import type { Area, Goal, Row } from "../measure/result.ts";
import { bytesLeft, nanoseconds } from "./measure.ts";
import { msal } from "./msal.ts";
import { type Ask, azure, floor, google, keyv, octokit, openManager, smithy } from "./subjects.ts";

const FLOOR = "floor: one look at the clock";
const AWAITED_FLOOR = "floor, awaited";
const PEEK = "TokenFlow peek()";
const GET_TOKEN = "TokenFlow getToken()";
const BARE_FETCH = "the fetch itself, header written by hand";
const OUR_FETCH = "TokenFlow createFetch";

/** What a token costs that is at hand: the case of nearly every call. */
export const hotPath: Area = {
  id: "hot-path",
  title: "A token that is at hand",
  async run({ quick, say }) {
    const manager = await openManager();
    const least = floor();
    const answer = async (_url: string, _init?: RequestInit): Promise<Response> => new Response(null);
    const ours = createFetch(manager, { fetch: answer as typeof fetch });
    const [url, init] = ["https://api.example/v1/models", { headers: { authorization: "Bearer secret" } }];
    const subjects: Readonly<Record<string, Ask>> = {
      [FLOOR]: least.sync,
      [PEEK]: () => manager.peek(),
      [AWAITED_FLOOR]: least.awaited,
      [GET_TOKEN]: () => manager.getToken(),
      // The fastest of the others next to ours: they are compared.
      "@smithy/property-provider, memoize": await smithy(),
      "google-auth-library, getAccessToken": await google(),
      "@octokit/auth-oauth-device, auth": await octokit(),
      "@azure/core-rest-pipeline, token cycler": await azure(),
      "keyv, get from memory": await keyv(),
      "@azure/msal-node, acquireTokenSilent": await msal(),
      [BARE_FETCH]: () => answer(url, init),
      [OUR_FETCH]: () => ours(url),
    };
    say(`${Object.keys(subjects).length} ways to ask for a token`);
    const figures = await inRounds(quick ? 1 : 25, Object.keys(subjects), async (name) => [
      await nanoseconds(subjects[name] ?? (() => undefined)),
    ]);
    await manager.close();
    say("what one call allocates");
    const left = await inRounds(quick ? 1 : 3, ["floor", "peek"], async (subject) => [
      await bytesLeft(subject),
    ]);

    const of = (name: string): Figure | undefined => figures[name]?.[0];
    const row = (name: string, base: string): Row => ({
      name,
      cells: [of(name), ratioOf(of(name), of(base))],
      kind: name.startsWith("TokenFlow") ? "ours" : name.startsWith("floor") ? "floor" : undefined,
    });
    const awaited = Object.keys(subjects).filter(
      (name) => ![FLOOR, PEEK, BARE_FETCH, OUR_FETCH].includes(name),
    );
    const peers = awaited.filter((name) => name !== AWAITED_FLOOR && name !== GET_TOKEN);
    const toPeers = peers.map((name) => ratioOf(of(GET_TOKEN), of(name)));
    const overFloor = differenceOf(left["peek"]?.[0], left["floor"]?.[0]);
    const columns = [
      { title: "one call", unit: "ns" },
      { title: "to the floor", unit: "×" },
    ] as const;
    return {
      tables: [
        {
          title: "Without waiting",
          about:
            "A synchronous look at the token. Each of the many short rounds measures every row of this and the tables below, one after another.",
          columns,
          rows: [row(FLOOR, FLOOR), row(PEEK, FLOOR)],
        },
        {
          title: "What a look leaves on the heap",
          about:
            "Each in a process of its own, a million calls in which nothing is collected. The floor's bytes are the number that Node's `Date.now()` answers.",
          columns: [{ title: "one call", unit: "B" }],
          rows: [
            { name: FLOOR, cells: [left["floor"]?.[0]], kind: "floor" },
            { name: PEEK, cells: [left["peek"]?.[0]], kind: "ours" },
          ],
        },
        {
          title: "Awaited",
          about:
            "What a program writes: `await manager.getToken()`, and the same of others, each with a token that is good for an hour. Octokit's looks at no clock at all and hands out whatever it has.",
          columns,
          rows: awaited.map((name) => row(name, AWAITED_FLOOR)).toSorted(byFirst),
        },
        {
          title: "A request",
          about:
            "`createFetch` over a fetch that answers at once: token, headers and the check of the address.",
          columns: [columns[0], { title: "to the fetch itself", unit: "×" }],
          rows: [row(BARE_FETCH, BARE_FETCH), row(OUR_FETCH, BARE_FETCH)],
        },
      ],
      goals: [
        goal("peek() to its floor", ratioOf(of(PEEK), of(FLOOR)), 1.3),
        goal("getToken() to the awaited floor", ratioOf(of(GET_TOKEN), of(AWAITED_FLOOR)), 1.3),
        goal("getToken() to the fastest peer", toPeers.toSorted(byMedian).at(-1), 1),
        {
          says: "peek() allocates, over its floor",
          measured: overFloor && figure(overFloor.rounds.map((bytes) => Math.max(bytes, 0))),
          bound: 0.1,
          side: "at most",
          unit: "B",
        },
      ],
    };
  },
};

function goal(says: string, measured: Figure | undefined, bound: number): Goal {
  return { says, measured, bound, side: "at most", unit: "×" };
}

function byFirst(a: Row, b: Row): number {
  return byMedian(a.cells[0], b.cells[0]);
}

function byMedian(a: Figure | undefined, b: Figure | undefined): number {
  return (a?.median ?? 0) - (b?.median ?? 0);
}
