import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { readExample } from "./support/example.ts";

const root = resolve(import.meta.dirname, "../../..");
const GUIDE = "docs/guides/sdks.md";

const sdks = [
  ...(await readFile(join(root, GUIDE), "utf8")).matchAll(/^## (.+)\n(?:[^#`]|`(?!``))*^```ts/gm),
].map(([, heading]) => heading ?? "");

test("the guide has an example for each SDK", () => {
  expect(sdks).toEqual(["openai", "@anthropic-ai/sdk", "ai", "ky", "undici"]);
});

test.each(sdks)("%s: five lines, from the session to the end", async (heading) => {
  const { statements } = await readExample(GUIDE, heading);
  expect(statements.length, statements.join("\n")).toBeLessThanOrEqual(5);
});
