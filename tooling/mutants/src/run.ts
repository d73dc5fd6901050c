/**
 * Changes the code in small ways, and lists the changes that no test notices.
 *
 *     run.ts                        every room, which takes many hours
 *     run.ts core/refresh proxy     the rooms whose names contain these words
 *
 * Tries only changes that the last run did not try. Writes docs/mutants.md and a section of docs/proof.md.
 */
import { measureRoom } from "./measure-room.ts";
import { keepResult, writePages } from "./results.ts";
import { ROOMS } from "./rooms.ts";

const words = process.argv.slice(2);
const rooms =
  words.length === 0 ? ROOMS : words.flatMap((word) => ROOMS.filter(({ name }) => name.includes(word)));
if (rooms.length === 0) throw new Error(`No such room, only ${ROOMS.map(({ name }) => name).join(", ")}`);

for (const room of rooms) {
  const { killed, total, survivors, ...rest } = await measureRoom(room);
  await keepResult(room, { ...rest, killed, total, survivors });
  const share = (100 * killed) / total;
  process.stdout.write(`${room.name}: ${killed} of ${total} noticed, ${share.toFixed(1)} %\n`);
  if (share < room.goal) process.exitCode = 1;
}
await writePages();
