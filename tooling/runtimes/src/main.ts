/** Under Node, Bun and Deno: the addresses are the argument, the results are printed. */
import type { Addresses } from "./scenario.ts";
import { runSmoke } from "./smoke.ts";

const addresses = JSON.parse(process.argv[2] ?? "") as Addresses;
console.log(JSON.stringify(await runSmoke(addresses)));
