import { createFetch } from "@tokenflow/core";
import { inRounds } from "../in-rounds.ts";
import type { Area, Figure, Goal, Row } from "../result.ts";
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
      "@azure/core-rest-pipeline, token cycler": await azure(),
      "@azure/msal-node, acquireTokenSilent": await msal(),
      "@octokit/auth-oauth-device, auth": await octokit(),
      "@smithy/property-provider, memoize": await smithy(),
      "google-auth-library, getAccessToken": await google(),
      "keyv, get from memory": await keyv(),
      [BARE_FETCH]: () => answer(url, init),
      [OUR_FETCH]: () => ours(url),
    };
    say(`${Object.keys(subjects).length} ways to ask for a token`);
    const figures = await inRounds(quick ? 1 : 5, Object.keys(subjects), async (name) => [
      await nanoseconds(subjects[name] ?? (() => undefined), quick),
    ]);
    await manager.close();
    say("what one call allocates");
    const left = await inRounds(quick ? 1 : 3, ["floor", "peek"], async (subject) => [
      await bytesLeft(subject),
    ]);

    const of = (name: string): Figure => figures[name]?.[0] ?? { median: Number.NaN, least: 0, most: 0 };
    const row = (name: string, base: string): Row => ({
      name,
      cells: [of(name), ratio(of(name), of(base))],
      kind: name.startsWith("TokenFlow") ? "ours" : name.startsWith("floor") ? "floor" : undefined,
    });
    const awaited = Object.keys(subjects).filter(
      (name) => ![FLOOR, PEEK, BARE_FETCH, OUR_FETCH].includes(name),
    );
    const peers = awaited.filter((name) => name !== AWAITED_FLOOR && name !== GET_TOKEN);
    const fastest = Math.min(...peers.map((name) => of(name).median));
    const columns = [
      { title: "one call", unit: "ns" },
      { title: "to the floor", unit: "×" },
    ] as const;
    return {
      tables: [
        {
          title: "Without waiting",
          about:
            "A synchronous look at the token. Each round measures every row; the median of the rounds counts.",
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
        goal("peek() to its floor", of(PEEK).median / of(FLOOR).median, 1.3),
        goal("getToken() to the awaited floor", of(GET_TOKEN).median / of(AWAITED_FLOOR).median, 1.3),
        goal("getToken() to the fastest peer", of(GET_TOKEN).median / fastest, 1),
        {
          says: "peek() allocates, over its floor",
          measured: Math.max(
            (left["peek"]?.[0]?.median ?? Number.NaN) - (left["floor"]?.[0]?.median ?? 0),
            0,
          ),
          bound: 0.1,
          side: "at most",
          unit: "B",
        },
      ],
    };
  },
};

function goal(says: string, measured: number, bound: number): Goal {
  return { says, measured, bound, side: "at most", unit: "×" };
}

function byFirst(a: Row, b: Row): number {
  return (a.cells[0]?.median ?? 0) - (b.cells[0]?.median ?? 0);
}

function ratio(of: Figure, to: Figure): Figure {
  return { median: of.median / to.median, least: of.least / to.median, most: of.most / to.median };
}
