// Runs all cases in the session that it was started in, and prints what came of each.
import { secretServiceContract } from "./secret-service-contract.ts";
import { secretServiceTroubles } from "./secret-service-troubles.ts";

const [lockFolder = ""] = process.argv.slice(2);
for (const { name, run } of [...secretServiceContract(lockFolder), ...secretServiceTroubles(lockFolder)]) {
  const start = performance.now();
  const failure = await run().then(
    () => undefined,
    (error: unknown) => String(error),
  );
  const took = Math.round(performance.now() - start);
  process.stdout.write(`${JSON.stringify({ name, failure: failure ?? null, took })}\n`);
}
