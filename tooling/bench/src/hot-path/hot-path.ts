import { createFetch } from "@tokenflow/core";
import { differenceOf, type Figure, figure, ratioOf } from "../measure/figure.ts";
import { inRounds } from "../measure/in-rounds.ts";
import { type Area, atMost, type Row } from "../measure/result.ts";
import { bytesLeft, nanoseconds } from "./measure.ts";
import { msal } from "./msal.ts";
import { type Ask, azure, floor, google, keyv, octokit, openManager, smithy } from "./subjects.ts";

const FLOOR = "floor: one read of the clock";
const PEEK = "TokenFlow peek()";
const AWAITED_FLOOR = "floor, awaited";
const GET_TOKEN = "TokenFlow getToken()";
const BARE_FETCH = "the fetch itself, header written by hand";
const OUR_FETCH = "TokenFlow createFetch";
const BARE_CALL = "the fetch itself, a JSON call of 1 kB";
const OUR_CALL = "TokenFlow createFetch, the same call";

/** Measures the return of a cached token, the case of nearly every call. */
export const hotPath: Area = {
  title: "A cached token",
  async run({ quick, say }) {
    const manager = await openManager();
    const least = floor();
    const answer = async (_url: string, _init?: RequestInit): Promise<Response> => new Response(null);
    const ours = createFetch(manager, { fetch: answer as typeof fetch });
    const [url, init] = ["https://api.example/v1/models", { headers: { authorization: "Bearer secret" } }];
    const call = {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer secret" },
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "word ".repeat(200) }] }),
    };
    const peers: Readonly<Record<string, Ask>> = {
      "@smithy/property-provider, memoize": await smithy(),
      "google-auth-library, getAccessToken": await google(),
      "@octokit/auth-oauth-device, auth": await octokit(),
      "@azure/core-rest-pipeline, token cycler": await azure(),
      "keyv, get from memory": await keyv(),
      "@azure/msal-node, acquireTokenSilent": await msal(),
    };
    // Subjects that are compared are neighbours in each round.
    const subjects: Readonly<Record<string, Ask>> = {
      [FLOOR]: least.sync,
      [PEEK]: () => manager.peek(),
      [AWAITED_FLOOR]: least.awaited,
      [GET_TOKEN]: () => manager.getToken(),
      ...peers,
      [BARE_FETCH]: () => answer(url, init),
      [OUR_FETCH]: () => ours(url),
      [BARE_CALL]: () => answer(url, call),
      [OUR_CALL]: () => ours(url, call),
    };
    say(`${Object.keys(subjects).length} ways to get a token`);
    const figures = await inRounds(quick ? 1 : 25, Object.keys(subjects), async (name) => [
      await nanoseconds(subjects[name] ?? (() => undefined)),
    ]);
    await manager.close();
    say("allocation");
    const left = await inRounds(quick ? 1 : 3, ["floor", "peek"], async (name) => [await bytesLeft(name)]);
    const allocated = differenceOf(left["peek"]?.[0], left["floor"]?.[0]);

    const of = (name: string): Figure | undefined => figures[name]?.[0];
    const ratio = (name: string, base: string): Figure | undefined => ratioOf(of(name), of(base));
    const row = (name: string, base: string): Row => [name, of(name), ratio(name, base)];
    const fastest = Object.keys(peers).map((name) => ratio(GET_TOKEN, name));
    return {
      tables: [
        {
          about:
            "One call with a token that is good for an hour, in short rounds of all rows. The ratio is to the floor of the same kind, for `createFetch` to a fetch that answers at once. Octokit reads no clock and returns any token that it has.",
          columns: ["one call [ns]", "ratio [×]"],
          rows: [
            row(FLOOR, FLOOR),
            row(PEEK, FLOOR),
            ...[AWAITED_FLOOR, GET_TOKEN, ...Object.keys(peers)]
              .map((name) => row(name, AWAITED_FLOOR))
              .toSorted(([, a], [, b]) => (a?.median ?? 0) - (b?.median ?? 0)),
            row(BARE_FETCH, BARE_FETCH),
            row(OUR_FETCH, BARE_FETCH),
            row(BARE_CALL, BARE_CALL),
            row(OUR_CALL, BARE_CALL),
          ],
        },
      ],
      goals: [
        atMost("peek() to its floor", ratio(PEEK, FLOOR), 1.3, "×"),
        atMost("getToken() to the awaited floor", ratio(GET_TOKEN, AWAITED_FLOOR), 1.3, "×"),
        atMost(
          "getToken() to the fastest peer",
          fastest.toSorted((a, b) => (b?.median ?? 0) - (a?.median ?? 0))[0],
          1,
          "×",
        ),
        atMost("createFetch to the fetch itself, a JSON call", ratio(OUR_CALL, BARE_CALL), 4, "×"),
        atMost(
          "peek() allocates, over its floor",
          allocated && figure(allocated.rounds.map((bytes) => Math.max(bytes, 0))),
          0.1,
          "B",
        ),
      ],
    };
  },
};
