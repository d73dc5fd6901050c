import { nodeFetch } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { createHttp } from "@tokenflow/core/provider";

// Sends one request to each address and prints what became of it, as one line of JSON.

const http = createHttp({ fetch: nodeFetch });
for (const url of process.argv.slice(2)) {
  const result = await http({ method: "POST", url, form: { refresh_token: "hunter2" } }).then(
    ({ status }) => ({ status }),
    (error: unknown) => {
      if (!(error instanceof TokenFlowError)) throw error;
      return { message: error.message, hint: error.hint, grantUnused: error.grantUnused };
    },
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
