/** One subject in a process of its own, so that nothing else has shaped it: prints the bytes that a call leaves. */
import { bytesPerCall } from "./measure.ts";
import { type Ask, floor, openManager } from "./subjects.ts";

const manager = await openManager();
const subjects: Readonly<Record<string, Ask>> = { floor: floor().sync, peek: () => manager.peek() };
const ask = subjects[process.argv[2] ?? ""];
if (!ask) throw new Error(`There is no subject ${process.argv[2]}`);
process.stdout.write(`${bytesPerCall(ask)}\n`);
await manager.close();
