/** Measures one subject in its own process, so that no other code has shaped it. Prints the bytes that a call leaves. */
import { bytesPerCall } from "./measure.ts";
import { type Ask, floor, openManager } from "./subjects.ts";

const manager = await openManager();
const subjects: Readonly<Record<string, Ask>> = { floor: floor().sync, peek: () => manager.peek() };
const ask = subjects[process.argv[2] ?? ""];
if (!ask) throw new Error(`Unknown subject ${process.argv[2]}`);
process.stdout.write(`${bytesPerCall(ask)}\n`);
await manager.close();
