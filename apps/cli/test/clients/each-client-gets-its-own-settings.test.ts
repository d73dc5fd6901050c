import { test } from "vitest";
import { mayServe } from "../../src/clients/choose-model.ts";
import { shellText } from "../../src/clients/shell-text.ts";
import { CLIENTS } from "../../src/clients/table.ts";
import { CATALOGUE } from "../support/catalogue.ts";
import { expectGolden } from "../support/golden.ts";

test.each(Object.entries(CLIENTS))("%s", async (name, client) => {
  const models = CATALOGUE.filter((model) => mayServe(model, client.apis));
  const url = "http://127.0.0.1:4141";
  const places = { env: {}, home: "/home/octocat" };
  const open = client.settings({ url, key: "unused", models }, places);
  const keyed = client.settings(
    { url, key: "$TOKENFLOW_PROXY_KEY", keyVariable: "TOKENFLOW_PROXY_KEY", models },
    places,
  );
  const files = (open.files ?? []).map(
    ({ path, edits }) => `${path}\n${JSON.stringify(edits, undefined, 2)}`,
  );
  await expectGolden(
    `setup-${name}`,
    [
      [client.where, ...(open.notes ?? [])].join("\n"),
      shellText(open),
      `With a key:\n${shellText(keyed)}`,
      ...files,
    ].join("\n\n"),
  );
});
