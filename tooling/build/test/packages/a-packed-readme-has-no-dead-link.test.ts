import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { packPackage } from "../../src/packages/pack.ts";
import { deadLinks, plainLinks } from "../../src/packages/readme-links.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");
const run = promisify(execFile);

const PATHS = ["README.md", "LICENSE", "src/index.ts", "examples/one.ts"];

test.each([
  ["[the guide](../../docs/guide.md)", "the guide"],
  ["[a part](../../docs/guide.md#part)", "a part"],
  ["![a picture](../../docs/picture.png)", "a picture"],
  ["[code](examples/one.ts), [all](src), [here](#here)", undefined],
  ["[RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)", undefined],
])("%s", (link, plain) => {
  expect(plainLinks(link, PATHS)).toBe(plain ?? link);
  expect(deadLinks(link, PATHS)).toHaveLength(plain === undefined ? 0 : 1);
});

test("a packed README keeps the words of its links, and none is dead", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-packed-"));
  try {
    const tarball = await packPackage(join(ROOT, "packages/core"), folder);
    const { stdout } = await run("tar", ["-xzOf", tarball, "package/README.md"]);
    const { stdout: list } = await run("tar", ["-tzf", tarball]);
    const paths = list.split("\n").map((path) => path.replace(/^package\//, ""));
    expect(paths).toContain("package.json");
    expect(deadLinks(stdout, paths)).toEqual([]);
    expect(stdout).toContain("What is lost then");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
