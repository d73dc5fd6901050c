import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  cruise,
  type ICruiseResult,
  type IRegularForbiddenRuleType,
  type IViolation,
} from "dependency-cruiser";
import { SOURCE_CONDITION } from "../bundle/entries.ts";
import { PACKAGE_ARROWS, ROOMS, TEST_ARROWS } from "./arrows.ts";

type Rule = Required<Pick<IRegularForbiddenRuleType, "name" | "comment" | "from" | "to">>;

const ONE_OF_OURS = "^(?:packages|apps|tooling)/";

const RULES: readonly Rule[] = [
  {
    name: "no circles, not even of types",
    comment: "Move what both need into a file that imports neither.",
    from: {},
    to: { circular: true },
  },
  {
    name: "an import leads to a file or a package",
    comment: "Correct the path, or add the package to package.json.",
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: "another package is imported by its name",
    comment: "Import it as @tokenflow/<name>.",
    from: { path: "^((?:packages|apps)/[^/]+)/" },
    to: { path: ONE_OF_OURS, pathNot: "^$1/", dependencyTypes: ["local"] },
  },
  {
    name: "a package does not import itself by its name",
    comment: "Import the file by its path.",
    from: { path: "^([^/]+/[^/]+)/src/" },
    to: { path: "^$1/", dependencyTypesNot: ["local"] },
  },
  {
    name: "a test imports its package by its name, as users do",
    comment: "Export what the test needs, or test it through what is exported.",
    from: {
      path: "^(packages/[^/]+)/(?:test|examples)/",
      // The plan is internal, and its table needs no world around it.
      pathNot: "^packages/core/test/(?:refresh/plan-refresh|record/.+)\\.test\\.ts$",
    },
    to: { path: "^$1/(?:src|dist)/", dependencyTypes: ["local"] },
  },
  {
    name: "core imports nothing of Node",
    comment: "Core also runs in Bun, Deno and Workers: take what you need as an argument.",
    from: { path: "^packages/core/src/" },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "only core/http knows the HTTP client",
    comment: "Use createHttp.",
    from: { path: "^packages/core/src/", pathNot: "^packages/core/src/http/" },
    to: { path: "(?:^|/)node_modules/ky/" },
  },
  {
    name: "the CLI loads the proxy by import()",
    comment: "Load it in the command that needs it: the other commands start faster. Types may be imported.",
    from: { path: "^apps/cli/src/" },
    to: { path: "^apps/proxy/", dynamic: false, dependencyTypesNot: ["type-only", "type-import"] },
  },
  ...PACKAGE_ARROWS.flatMap(packageRules),
  ...Object.entries(ROOMS).flatMap(([folder, rooms]) => roomRules(folder, rooms)),
  {
    name: "a folder of src has its place in the table",
    comment: "Add it to ROOMS in tooling/build/src/rules/arrows.ts.",
    from: {
      path: `${ONE_OF_OURS}[^/]+/src/[^/]+/`,
      pathNot: Object.entries(ROOMS).map(
        ([folder, rooms]) => `^${folder}/src/(?:${rooms.join(" ").replaceAll(" ", "|")})/`,
      ),
    },
    to: {},
  },
];

/** Checks every import of the packages in `folders`. Returns `from -> to: rule`, and what to do, for each violation. */
export async function importViolations(root: string, folders: readonly string[]): Promise<readonly string[]> {
  const parts = folders
    .flatMap((folder) => ["src", "test", "examples", "demo"].map((part) => `${folder}/${part}`))
    .filter((part) => existsSync(join(root, part)));
  if (parts.length === 0) return [];
  const { output } = await cruise(
    parts,
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: RULES.map((rule) => ({ severity: "error", ...rule })) },
      tsPreCompilationDeps: true,
      doNotFollow: { path: ["node_modules", "^\\.\\./"] },
    },
    { conditionNames: [SOURCE_CONDITION, "import", "types", "node", "default"], exportsFields: ["exports"] },
  );
  const { violations } = (output as ICruiseResult).summary;
  const advice = new Map(RULES.map(({ name, comment }) => [name, comment]));
  const lines = violations.map((one): [string, string] => [
    `${[...new Set(pathOf(one))].toSorted().join()} ${one.rule.name}`, // one key for all views of a circle
    `${pathOf(one).join(" -> ")}: ${one.rule.name}.\n  ${advice.get(one.rule.name)}`,
  ]);
  return [...new Map(lines).values()].sort();
}

function pathOf({ from, to, cycle }: IViolation): readonly string[] {
  return cycle === undefined ? [from, to] : [from, ...cycle.map(({ name }) => name)];
}

function packageRules({ from, to, rule }: (typeof PACKAGE_ARROWS)[number], index: number): readonly Rule[] {
  const earlier = PACKAGE_ARROWS.slice(0, index).map((arrow) => `^${arrow.from}/`);
  const arrow = (name: string, parts: string, allowed: string): Rule => ({
    name,
    comment: "Take it as an argument, or move the code.",
    from: { path: `^(${from})/${parts}/`, pathNot: earlier },
    to: { path: ONE_OF_OURS, pathNot: ["^$1/", `^[^/]+/(?:${allowed})/`] },
  });
  return [
    arrow(rule, "src", to),
    arrow(
      `${rule}; a test may also import real parts and stand-ins`,
      "(?:test|examples|demo)",
      `${to}|${TEST_ARROWS}`,
    ),
  ];
}

function roomRules(folder: string, rooms: readonly string[]): readonly Rule[] {
  return rooms.flatMap((tier, index) => {
    const lower = rooms.slice(0, index).join(" ").split(" ").filter(Boolean);
    return tier.split(" ").map((room) => ({
      name: `${room} imports ${lower.length === 0 ? "no other room" : `only ${lower.join(", ")}`}`,
      comment:
        "Move the code to a lower room, or take it as an argument. The order is in tooling/build/src/rules/arrows.ts.",
      from: { path: `^${folder}/src/${room}/` },
      to: { path: `^${folder}/src/`, pathNot: `^${folder}/src/(?:${[room, ...lower].join("|")})/` },
    }));
  });
}
