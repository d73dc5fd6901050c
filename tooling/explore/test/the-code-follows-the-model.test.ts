import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createFolder, hasServices } from "@tokenflow/services";
import { describe, expect, test } from "vitest";
import { loadChanged } from "../src/faults/put-back.ts";
import { followModel } from "../src/follow-model.ts";
import { checkModel, MODEL_CASES } from "../src/model/check-model.ts";
import { runModel } from "../src/model-report.ts";

describe.skipIf(!hasServices("spin", "gcc"))("the model of the refresh transaction", () => {
  test.each(MODEL_CASES.filter(({ token }) => token === "dead"))(
    "the code goes every step of it: $service, $lock",
    async (modelCase) => {
      for (const seed of [3, 5]) {
        const { steps, difference } = await followModel(modelCase, seed);
        expect(difference).toBeUndefined();
        expect(steps).toBeGreaterThan(5);
      }
    },
  );

  test("a checker that is not done in time is a problem, and not the end of the run", async () => {
    const { row, problems } = await runModel({ service: "strict", lock: "kernel", token: "dead" }, 1);
    expect(row).toMatch(
      /^\| strict \| kernel \| dead \| 2 \| \*not run to its end\* \| {2}\| {2}\| 20 \| \d+ \|$/,
    );
    expect(problems).toEqual([expect.stringMatching(/^Error: spin failed/)]);
  });

  test("a model that sends a spent grant while the token lives is refused", async () => {
    const model = await readFile(new URL("../model/refresh.pml", import.meta.url), "utf8");
    const served = ":: alive -> plan = SERVE  /*";
    expect(model.split(served)).toHaveLength(2);
    await using folder = await createFolder();
    const changed = join(folder.path, "changed.pml");
    await writeFile(changed, model.replace(served, ":: alive -> plan = GO  /*"));
    const { errors } = await checkModel(
      { service: "strict", lock: "kernel", token: "due" },
      120_000,
      changed,
    );
    expect(errors).toContainEqual(expect.stringMatching(/^pan:1: assertion violated .*stood/));
  });

  test("an engine that writes no intent does not follow", async () => {
    const find = "const intended = await writeIntent(plan.record, snapshot, lockName);";
    const put = "const intended: Snapshot | undefined = snapshot; void writeIntent;";
    await using changed = await loadChanged([{ file: "refresh/refresher.ts", find, put }]);
    const { difference } = await followModel({ service: "strict", lock: "kernel" }, 3, changed.engine);
    expect(difference).toMatch(/^step \d+, P\d mark: the code can only .*P\d\.send/);
  });
});
