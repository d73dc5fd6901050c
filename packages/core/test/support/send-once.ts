import { TokenFlowError } from "@tokenflow/core";
import { createHttp } from "@tokenflow/core/provider";
import { createFakeClock } from "@tokenflow/core/testing";

// Sends one request to each address in turn and prints what became of it, as one line of JSON. A request to an address
// behind "silent " is brought to its timeout as soon as it has reached whatever is silent.

const SILENT = "silent ";
const REACHED_AFTER = 500;

for (const argument of process.argv.slice(2)) {
  const url = argument.replace(SILENT, "");
  const clock = createFakeClock();
  const sent = createHttp({ clock })({ method: "POST", url, form: { refresh_token: "hunter2" } });
  const timeout = (): void => void clock.advance(30_000);
  const stuck = argument === url ? undefined : setTimeout(timeout, REACHED_AFTER);
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
