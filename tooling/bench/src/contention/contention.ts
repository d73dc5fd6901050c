import { setTimeout as wait } from "node:timers/promises";
import { createTokenManager, importSession } from "@tokenflow/core";
import { type Figure, figure } from "../measure/figure.ts";
import type { Area, Goal, Row } from "../measure/result.ts";
import { openStore, type Place } from "../stores/open-store.ts";
import { startPlaces, TITLES } from "../stores/places.ts";
import { startCrew } from "./crew.ts";
import { createRotatingProvider } from "./provider.ts";
import { REDEMPTION, type RotatingServer, startRotatingServer } from "./server.ts";
import type { WorkerSettings } from "./worker.ts";

const SIZES = [2, 16, 64] as const;
/** The least that a token may live for to be handed out at all. */
const SHORT_LIFE = 1_100;
const LONG_LIFE = 3_600_000;

/** Many processes, one expired session: who redeems, and how long the last one waits. */
export const contention: Area = {
  id: "contention",
  title: "Many processes, one session",
  async run({ quick, folder, say }) {
    await using running = await startPlaces(folder, say);
    await using server = await startRotatingServer();
    const rows: Row[] = [];
    const goals: Goal[] = [];
    const sizes = quick ? SIZES.slice(0, 1) : SIZES;

    /** The last of those who do no more than `settings` says. */
    const floor = async (name: string, size: number, settings: FloorSettings): Promise<Figure> => {
      say(name);
      const waits: number[] = [];
      for (let round = 0; round < floorRoundsOf(size, quick, settings); round += 1) {
        const served = await (await startCrew(size, { ...settings, url: server.url, only: "wait" })).go();
        waits.push(Math.max(...served.map(({ after }) => after)));
      }
      rows.push({ name: `floor: ${name}`, cells: [figure(waits)], kind: "floor" });
      return figure(waits);
    };

    for (const size of sizes) await floor(`${size} processes that only wait so long`, size, {});
    for (const place of running.places) {
      for (const size of sizes) {
        const title = `${TITLES[place.kind]}: ${size} processes`;
        await storeSession(place, server, LONG_LIFE);
        const least = await floor(`${title} that only wait so long, then read the session`, size, { place });
        say(title);
        const outcomes: Outcome[] = [];
        for (let round = 0; round < roundsOf(size, quick); round += 1)
          outcomes.push(await oneRound(place, size, server));
        const last = figure(outcomes.map(({ after }) => after));
        const redemptions = Math.max(...outcomes.map((outcome) => outcome.redemptions));
        rows.push({
          name: title,
          cells: [last, figure(outcomes.map((o) => o.first)), exactly(redemptions)],
          kind: "ours",
        });
        const served = {
          says: `${title}: the last is served`,
          measured: last,
          side: "at most",
        } as const;
        goals.push(
          {
            says: `${title}: redemptions`,
            measured: exactly(redemptions),
            bound: 1,
            side: "at most",
            unit: "",
          },
          { ...served, bound: boundOf(REDEMPTION), unit: "ms" },
          { ...served, says: `${served.says}, by its floor`, bound: boundOf(least.median), unit: "ms" },
        );
      }
    }
    return {
      tables: [
        {
          title: "From the word to the last token",
          about: `Processes that are up ask at one word for the token of a session that has run out, and stay up until all have it. A redemption takes ${REDEMPTION} ms at the server, which rotates its grant and refuses an old one. The most redemptions of any round are shown. The last is to be served within one and a half redemptions and 50 ms. On few cores so many processes need longer than that to wake up and read a session that has been there all along: the goals by its floor put that time in the redemption's place.`,
          columns: [
            { title: "last served", unit: "ms" },
            { title: "first served", unit: "ms" },
            { title: "redemptions", unit: "" },
          ],
          rows,
        },
      ],
      goals,
    };
  },
};

type FloorSettings = Pick<WorkerSettings, "place">;

/** When the last is to be served, where a redemption takes so long. */
function boundOf(redemption: number): number {
  return 1.5 * redemption + 50;
}

/** Starting many takes longer than measuring them. */
function roundsOf(size: number, quick: boolean): number {
  return quick ? 1 : size > 16 ? 2 : 3;
}

/** A floor hardly varies, least of all where nothing is read. */
function floorRoundsOf(size: number, quick: boolean, { place }: FloorSettings): number {
  return quick || size > 16 || !place ? 1 : 2;
}

interface Outcome {
  readonly first: number;
  readonly after: number;
  readonly redemptions: number;
}

/** Answers when the stored session's token is over. */
async function storeSession(place: Place, server: RotatingServer, lifetime: number): Promise<number> {
  const store = openStore(place);
  const provider = createRotatingProvider(server.url, lifetime);
  await importSession({ provider, store, grant: { generation: server.generation }, overwrite: true });
  const manager = createTokenManager({ provider, store });
  const { expiresAt = 0 } = await manager.getToken();
  await manager.close();
  await store.disconnect?.();
  return expiresAt;
}

async function oneRound(place: Place, size: number, server: RotatingServer): Promise<Outcome> {
  const expiresAt = await storeSession(place, server, SHORT_LIFE);
  const crew = await startCrew(size, { place, url: server.url });
  await wait(Math.max(expiresAt - Date.now(), 0) + 50);
  server.reset();
  const served = await crew.go();
  const { redemptions, refused } = server;
  if (refused > 0) throw new Error(`${refused} redemptions were refused`);
  if (new Set(served.map(({ token }) => token)).size !== 1)
    throw new Error("Not all were given the same token");
  const times = served.map(({ after }) => after);
  return { first: Math.min(...times), after: Math.max(...times), redemptions };
}

function exactly(value: number): Figure {
  return figure([value]);
}
