import { fileURLToPath } from "node:url";
import { createCommandClient, runAll, SCENARIOS } from "@tokenflow/conformance";
import { expect, test } from "vitest";

const CLIENT = fileURLToPath(new URL("support/process-client.ts", import.meta.url));
const CAUGHT_BY = {
  "prints control characters": "prints-no-control-characters",
  "prints the prompt on stdout": "prints-the-token-alone",
  "logs the device code": "prints-no-other-secret",
  "gives the code to a child": "puts-no-secret-into-processes",
  "lets everybody read its file": "keeps-files-private",
};
const OWN = SCENARIOS.filter(({ id }) => Object.values(CAUGHT_BY).includes(id));

/** Runs these scenarios at the same time, and returns those that fail. */
async function failuresOf(mistake: string): Promise<readonly string[]> {
  const client = createCommandClient({
    signIn: `MISTAKE='${mistake}' '${process.execPath}' '${CLIENT}'`,
  });
  const results = await runAll(OWN, client);
  return results.filter(({ status }) => status === "failed").map(({ scenario }) => scenario.id);
}

const RUNS = process.platform === "linux" && process.env["MODE"] === "all";

test.runIf(RUNS)("each is caught by its own scenario and by no other", async () => {
  const mistakes = Object.keys(CAUGHT_BY);
  const failures = await Promise.all([...mistakes, "none"].map(failuresOf));
  expect(Object.fromEntries(mistakes.map((mistake, index) => [mistake, failures[index]]))).toEqual(
    Object.fromEntries(Object.entries(CAUGHT_BY).map(([mistake, id]) => [mistake, [id]])),
  );
  expect(failures.at(-1)).toEqual([]);
});
