import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeTree } from "../fixture.ts";

const BUILD = join(import.meta.dirname, "../../src/build.ts");

function run(
  folder: string,
  ...args: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
}

const library = {
  name: "@tokenflow/x",
  version: "1.2.3",
  type: "module",
  files: ["dist", "src"],
  exports: {
    ".": { "@tokenflow/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
  },
};

test("a library is built to JavaScript, declarations, maps and its version", () => {
  const folder = writeTree({
    "package.json": library,
    "src/index.ts": 'export { version } from "./version.ts";\n',
    "src/version.ts":
      "declare const __TOKENFLOW_VERSION__: string;\nexport const version: string = __TOKENFLOW_VERSION__;\n",
    "dist/old.js": "",
  });

  expect(run(folder, BUILD)).toMatchObject({ status: 0, stdout: "", stderr: "" });

  expect(run(folder, "-e", 'import("./dist/index.js").then((x) => console.log(x.version))').stdout).toBe(
    "1.2.3\n",
  );
  expect(
    ["index.d.ts", "index.d.ts.map", "index.js.map"].filter(
      (file) => !existsSync(join(folder, "dist", file)),
    ),
  ).toEqual([]);
  expect(existsSync(join(folder, "dist/old.js"))).toBe(false);
});

test("a type error fails the build and is printed", () => {
  const folder = writeTree({
    "package.json": library,
    "src/index.ts": 'export const count: number = "one";\n',
  });

  const { status, stdout } = run(folder, BUILD);

  expect(status).not.toBe(0);
  expect(stdout).toContain("src/index.ts");
});

test("a missing entry is reported in one line", () => {
  const folder = writeTree({ "package.json": library, "src/other.ts": "export {};\n" });

  const { status, stderr } = run(folder, BUILD);

  expect(status).toBe(1);
  expect(stderr).toMatch(/^tokenflow-build: .*package\.json names src\/index\.ts .* does not exist\.\n$/);
});

test("a page is one document with its script and style, and the code can import it", () => {
  const folder = writeTree({
    "package.json": { ...library, tokenflow: { page: "./src/board/index.html" } },
    "src/index.ts":
      "declare const __TOKENFLOW_PAGE__: string;\nexport const page: string = __TOKENFLOW_PAGE__;\n",
    "src/board/index.html":
      '<!doctype html><link rel="stylesheet" href="./page.css" /><script type="module" src="./page.ts"></script>',
    "src/board/page.ts": 'import { word } from "./word.ts";\ndocument.title = word;\n',
    "src/board/word.ts": 'export const word = "$& </script>";\n',
    "src/board/page.css": '@import "./base.css";\nb { margin: 0 }\n',
    "src/board/base.css": "i { margin: 0 }\n",
  });

  expect(run(folder, BUILD)).toMatchObject({ status: 0, stdout: "", stderr: "" });

  const page = readFileSync(join(folder, "dist/board.html"), "utf8");
  expect(page).toMatch(
    /^<!doctype html><style>i\{margin:0\}b\{margin:0\}<\/style><script type="module">[^<]*"\$& <\\\/script>"[^<]*<\/script>$/,
  );
  expect(run(folder, "-e", 'import("./dist/index.js").then((x) => console.log(x.page))').stdout).toBe(
    `${page}\n`,
  );
});

test("a worker thread is built into the package as text, with what it imports", () => {
  const folder = writeTree({
    "package.json": { ...library, tokenflow: { worker: "./src/worker.ts" } },
    "src/index.ts":
      'import { Worker } from "node:worker_threads";\ndeclare const __TOKENFLOW_WORKER__: string;\nexport const start = (): Worker => new Worker(__TOKENFLOW_WORKER__, { eval: true });\n',
    "src/worker.ts":
      'import { parentPort } from "node:worker_threads";\nimport { word } from "./word.ts";\nparentPort?.postMessage(word);\n',
    "src/word.ts": 'export const word: string = "said by a thread";\n',
  });

  expect(run(folder, BUILD)).toMatchObject({ status: 0, stdout: "", stderr: "" });

  const script = 'import("./dist/index.js").then((x) => x.start().on("message", console.log))';
  expect(run(folder, "-e", script).stdout).toBe("said by a thread\n");
});

const entry = (name: string): object => ({
  "@tokenflow/source": `./src/${name}.ts`,
  types: `./dist/${name}.d.ts`,
  default: `./dist/${name}.js`,
});
const threeEntries = {
  ...library,
  exports: { ".": entry("index"), "./a": entry("part/a"), "./b": entry("part/b") },
};

test("code that the main entry shares with others exists once, in one file", () => {
  const folder = writeTree({
    "package.json": threeEntries,
    "src/one.ts": "export const one: object = {};\n",
    "src/two.ts": "export const two: object = {};\n",
    "src/three.ts": "export const three: object = {};\n",
    "src/index.ts": 'export { one } from "./one.ts";\nexport { two } from "./two.ts";\n',
    "src/part/a.ts": 'export { one } from "../one.ts";\nexport { three } from "../three.ts";\n',
    "src/part/b.ts": 'export { two } from "../two.ts";\nexport { three } from "../three.ts";\n',
  });

  expect(run(folder, BUILD)).toMatchObject({ status: 0, stdout: "", stderr: "" });

  const files = readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".js"),
  );
  // Code that the main entry does not use keeps its chunk.
  expect(files.map((file) => file.replace(/chunk-\w+/, "chunk")).sort()).toEqual([
    "chunk.js",
    "index.js",
    "part/a.js",
    "part/b.js",
    "shared.js",
  ]);
  const same = `const [index, a, b] = await Promise.all(["index", "part/a", "part/b"].map((name) => import("./dist/" + name + ".js")));
console.log(index.one === a.one, index.two === b.two, a.three === b.three, typeof a.three);`;
  expect(run(folder, "--input-type=module", "-e", same)).toMatchObject({
    stdout: "true true true object\n",
    stderr: "",
  });
});

test("two shared modules may not export the same name", () => {
  const folder = writeTree({
    "package.json": threeEntries,
    "src/one.ts": "export const one: object = {};\n",
    "src/two.ts": "export const one: object = {};\n",
    "src/index.ts": 'export { one } from "./one.ts";\nexport { one as two } from "./two.ts";\n',
    "src/part/a.ts": 'export { one } from "../one.ts";\n',
    "src/part/b.ts": 'export { one } from "../two.ts";\n',
  });

  const { status, stderr } = run(folder, BUILD);

  expect(status).toBe(1);
  expect(stderr).toContain('Two chunks export "one". Rename one of the two.');
});

const app = {
  name: "@tokenflow/common",
  version: "0.0.0",
  type: "module",
  bin: { app: "./dist/bin.js" },
  dependencies: { native: "1.0.0", "old-style": "1.0.0", "with-require": "1.0.0" },
  tokenflow: { bundle: true, external: ["native"] },
};

const appTree = {
  "package.json": app,
  "src/bin.ts":
    '#!/usr/bin/env node\nconst { lazy } = await import("./lazy.ts");\nconsole.log(await lazy());\n',
  "src/lazy.ts": [
    'import oldStyle from "old-style";',
    'import { where } from "with-require";',
    "export async function lazy(): Promise<string> {",
    '  const { name } = await import("native");',
    "  return [oldStyle(), where, name].join();",
    "}",
    "",
  ].join("\n"),
  "node_modules/old-style/package.json": { name: "old-style", main: "index.js" },
  "node_modules/old-style/index.js":
    'const path = require("path"); module.exports = () => path.posix.join("a", "b");',
  "node_modules/with-require/package.json": { name: "with-require", type: "module", main: "index.js" },
  "node_modules/with-require/index.js":
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); export const where = require("node:path").posix.join("c", "d");',
  "node_modules/native/package.json": { name: "native", type: "module", main: "index.js" },
  "node_modules/native/index.js": 'export const name = "as it was built with";',
};

test("a bundled app inlines its dependencies, CommonJS included, and keeps native packages external", () => {
  const folder = writeTree(appTree);

  expect(run(folder, BUILD)).toMatchObject({ status: 0, stderr: "" });

  const bin = join(folder, "dist/bin.js");
  expect(readFileSync(bin, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(readFileSync(bin, "utf8")).not.toContain("posix");
  // The umask decides about group and others; packing makes it executable for all.
  expect(statSync(bin).mode & 0o100).toBe(0o100);
  rmSync(join(folder, "node_modules/old-style"), { recursive: true });
  rmSync(join(folder, "node_modules/with-require"), { recursive: true });
  writeFileSync(join(folder, "node_modules/native/index.js"), 'export const name = "outside";');
  expect(run(folder, bin)).toMatchObject({ status: 0, stdout: "a/b,c/d,outside\n", stderr: "" });
});

test("an external package must be a dependency", () => {
  const folder = writeTree({ ...appTree, "package.json": { ...app, dependencies: {} } });

  const { status, stderr } = run(folder, BUILD);

  expect(status).toBe(1);
  expect(stderr).toContain("keeps native external: add it to dependencies.");
});

test("a bin that ends in .cjs is one file, and its import() targets are modules beside it", () => {
  const folder = writeTree({
    ...appTree,
    "package.json": { ...app, bin: { app: "./dist/bin.cjs" } },
    "src/bin.ts": [
      "#!/usr/bin/env node",
      'import { lazily, short } from "./ways.ts";',
      'if (process.argv[2] === undefined) console.log(short(process.env["NOTHING"] ?? Object.keys(lazily)[0]));',
      'else void import("./long.ts").then(({ long }) => long());',
      "",
    ].join("\n"),
    "src/ways.ts":
      'export const short = (text: string): string => text;\nexport const unused = (): string => "dead weight";\nexport const lazily = { short: () => import("./heavy.ts") };\n',
    "src/heavy.ts": 'export const heavy: string = "dead weight";\n',
    "src/long.ts":
      'import { lazy } from "./lazy.ts";\nexport async function long(): Promise<void> {\n  console.log(await lazy());\n}\n',
  });

  expect(run(folder, BUILD)).toMatchObject({ status: 0, stderr: "" });

  const bin = join(folder, "dist/bin.cjs");
  const text = readFileSync(bin, "utf8");
  expect(text).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(text).not.toMatch(/dead weight|posix|require\("\.|\?\?/);
  // The umask decides about group and others; packing makes it executable for all.
  expect(statSync(bin).mode & 0o100).toBe(0o100);
  expect(run(folder, bin)).toMatchObject({ status: 0, stdout: "short\n", stderr: "" });
  expect(run(folder, bin, "long")).toMatchObject({
    status: 0,
    stdout: "a/b,c/d,as it was built with\n",
    stderr: "",
  });
});
