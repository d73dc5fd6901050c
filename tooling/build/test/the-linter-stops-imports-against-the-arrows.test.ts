import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeTree } from "./fixture.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** A line that is to be refused ends in `// no`. */
const TREE = {
  "packages/core/src/x.ts": `
    import { a } from "@tokenflow/store-file"; // no
    import { b } from "@tokenflow/core"; // no
    import { c } from "node:fs"; // no
    import { d } from "node:fs/promises"; // no
    import { e } from "ky"; // no
    import { f } from "./ok.ts";
    const lazy = await import("node:crypto"); // no
    const home = process.env["HOME"]; // no
    export default 1; // no
  `,
  "packages/core/src/http/create-http.ts": `
    import ky from "ky";
    import { a } from "node:http"; // no
  `,
  "packages/core/test/x.test.ts": `
    import { a } from "@tokenflow/core";
    import { b } from "../src/index.ts"; // no
    import { c } from "./place.ts";
  `,
  "packages/store-file/src/x.ts": `
    import { a } from "@tokenflow/core";
    import { b } from "@tokenflow/core/testing";
    import { c } from "node:fs";
    import { d } from "@tokenflow/store-redis"; // no
    import { e } from "@tokenflow/provider-hyper"; // no
    import { f } from "@tokenflow/file-lock";
  `,
  "packages/store-redis/src/x.ts": `
    import { a } from "@tokenflow/core";
    import { b } from "@tokenflow/file-lock"; // no
  `,
  "packages/provider-copilot/src/x.ts": `
    import { a } from "@tokenflow/core";
    import type { B } from "@tokenflow/store-file"; // no
    const lazy = await import("@tokenflow/provider-hyper"); // no
  `,
  "packages/mcp/src/x.ts": `
    import { a } from "@tokenflow/core";
    import { b } from "@tokenflow/proxy"; // no
    import { c } from "@tokenflow/simulator"; // no
  `,
  "apps/common/src/x.ts": `
    import { a } from "@tokenflow/core";
    import { b } from "@tokenflow/store-redis";
    import { c } from "@tokenflow/provider-hyper"; // no
  `,
  "apps/proxy/src/x.ts": `
    import { a } from "@tokenflow/core";
    import { f } from "@tokenflow/common";
    import { b } from "@tokenflow/provider-hyper";
    import { c } from "@tokenflow/store-file";
    import { d } from "@tokenflow/cli"; // no
    import { e } from "@tokenflow/simulator"; // no
  `,
  "apps/cli/src/x.ts": `
    import { a } from "@tokenflow/core/testing";
    import { b } from "@tokenflow/provider-hyper";
    import { c } from "@tokenflow/mcp"; // no
    import { createProxy } from "@tokenflow/proxy"; // no
    import * as whole from "@tokenflow/proxy"; // no
    import "@tokenflow/proxy"; // no
    export { d } from "@tokenflow/proxy"; // no
    import type { Proxy } from "@tokenflow/proxy";
    const lazy = await import("@tokenflow/proxy");
  `,
  "tooling/build/src/x.ts": `
    import { a } from "node:fs";
    import { b } from "@tokenflow/core"; // no
  `,
  "tooling/simulator/src/x.ts": `
    import { a } from "@tokenflow/core"; // no
  `,
  "vitest.config.ts": `
    export default 1;
  `,
};

test("imports against the arrows are refused, and no others", () => {
  const folder = writeTree({ ...TREE, ".oxlintrc.json": readFileSync(join(ROOT, ".oxlintrc.json"), "utf8") });

  const oxlint = join(ROOT, "node_modules/.bin/oxlint");
  const { stdout } = spawnSync(oxlint, ["--format=unix"], { cwd: folder, encoding: "utf8" });

  const found = stdout.matchAll(/^(.+):(\d+):\d+: .*\((?:no-restricted-\w+|no-default-export)\)\]$/gm);
  const refused = [...found].map(([, path = "", line = ""]) => `${path}:${line}`);
  const marked = Object.entries(TREE).flatMap(([path, source]) =>
    source.split("\n").flatMap((line, index) => (line.endsWith("// no") ? [`${path}:${index + 1}`] : [])),
  );
  expect([...new Set(refused)].toSorted()).toEqual(marked.toSorted());
});
