import { TokenFlowError } from "@tokenflow/core";
import { createHttp } from "@tokenflow/core/provider";
import { createFakeClock } from "@tokenflow/core/testing";

// Sends one request to each address in turn and prints what became of it, as one line of JSON.

for (const url of process.argv.slice(2)) {
  const clock = createFakeClock();
  const sent = createHttp({ clock })({ method: "POST", url, form: { refresh_token: "hunter2" } });
  // A request that is still under way after 3 s is brought to its timeout.
  const stuck = setTimeout(() => void clock.advance(30_000), 3_000);
  const result = await sent.then(
    ({ status }) => ({ status }),
    (error: unknown) => {
      if (!(error instanceof TokenFlowError)) throw error;
      return { message: error.message, hint: error.hint, grantUnused: error.grantUnused };
    },
  );
  clearTimeout(stuck);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
// undici of Node opens connections again and again if a proxy closes them.
process.exit();
