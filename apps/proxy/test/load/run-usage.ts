/**
 * `pnpm test:usage [requests]`: sends 10,000 mixed requests through two proxies that share one database, and compares
 * what they counted with the service's own account. Exits with 1 if one answer differs.
 */
import { proveUsage } from "./usage-proof.ts";

const [requests = 10_000] = process.argv.slice(2).map(Number);
const NANO = 1e9;
const SHOWN = 20;

const proof = await proveUsage(requests);
const { complete, broken, refused, counted, billed, unknown, unsent, retried, differences } = proof;
for (const sentence of differences.slice(0, SHOWN)) process.stdout.write(`${sentence}\n`);
process.stdout.write(
  `${proof.requests} requests: ${complete} complete, ${broken} broken off (${unsent} before they reached the service), ${refused} refused; ${retried} sent again with a new token.\n` +
    `Complete answers: ${counted / NANO} credits counted, ${billed / NANO} billed. ${unknown} answers unknown. ${differences.length} differences.\n`,
);
process.exitCode = differences.length === 0 && counted === billed ? 0 : 1;
