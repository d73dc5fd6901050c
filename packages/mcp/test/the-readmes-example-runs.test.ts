import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connectCurrent } from "./support/current-client.ts";
import { startSimulatedCopilot } from "./support/simulated-copilot.ts";

test("the README's example is the one that is started here", async () => {
  const folder = join(import.meta.dirname, "..");
  const readme = await readFile(join(folder, "README.md"), "utf8");
  const example = await readFile(join(folder, "examples/smallest.ts"), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\`\n`);

  await using copilot = await startSimulatedCopilot();
  await using client = await connectCurrent({
    env: copilot.env,
    server: "smallest.ts",
    revision: "2026-07-28",
  });
  expect(await client.tools()).toEqual(["list_models", "sign_in", "sign_out", "session_status"]);
  const asked = await client.call("list_models");
  if (asked.way !== "required") throw new Error(asked.way);
  expect(asked.links).toMatchObject([{ url: `${copilot.simulator.githubUrl}/login/device` }]);
  expect(JSON.stringify(asked.whole)).not.toContain("requestState");
});
