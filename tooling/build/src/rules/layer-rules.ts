import type { WorkspacePackage } from "../workspace/workspace.ts";

/** A folder, what its packages may be made of, and how a person is told. The first that matches counts. */
interface LayerRule {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly rule: string;
}

const LAYER_RULES: readonly LayerRule[] = [
  { from: /^packages\/core$/, to: /^$/, rule: "core is made of no other package of ours" },
  {
    from: /^packages\/store-(file|keychain)$/,
    to: /^(core|file-lock)$/,
    rule: "a store that locks by files is made of core and file-lock",
  },
  {
    from: /^apps\/common$/,
    to: /^(core|store-.+)$/,
    rule: "what the apps share is made of core and stores",
  },
  { from: /^packages\//, to: /^core$/, rule: "a package is made of core alone" },
  {
    from: /^apps\/cli$/,
    to: /^(core|provider-.+|store-.+|proxy)$/,
    rule: "the CLI is made of core, providers, stores and the proxy",
  },
  {
    from: /^apps\//,
    to: /^(core|provider-.+|store-.+)$/,
    rule: "an app is made of core, providers and stores",
  },
  {
    from: /^tooling\/(build|services|simulator)$/,
    to: /^$/,
    rule: "what checks the packages is not made of them",
  },
  { from: /^tooling\//, to: /./, rule: "" },
];

/** What tests may use besides: the real parts, and what stands in for the services. */
const FOR_TESTS = /^(core|provider-.+|store-.+|simulator|services|build)$/;

/** What is inlined into both apps, and so must stand where nobody installs it. */
const INLINED = /^common$/;

const SCOPE = "@tokenflow/";

/**
 * Where a package depends on what it must not, one line each: on another of ours against the arrows, in a
 * circle, on a version that is not exact.
 */
export function layerViolations(packages: readonly WorkspacePackage[]): readonly string[] {
  return [...packages.flatMap(violationsOf), ...circles(packages)];
}

function violationsOf({ folder, manifest }: WorkspacePackage): string[] {
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest;
  const shipped = { ...dependencies, ...optionalDependencies, ...peerDependencies };
  const arrow = LAYER_RULES.find(({ from }) => from.test(folder));
  const violations: string[] = [];

  for (const name of oursIn(shipped)) {
    if (!arrow?.to.test(name)) {
      violations.push(
        `${folder} depends on ${SCOPE}${name}, but ${arrow?.rule}. Take it as an argument, or move the code.`,
      );
    }
  }
  for (const name of oursIn(devDependencies)) {
    const inlined = folder.startsWith("apps/") && INLINED.test(name);
    if (!arrow?.to.test(name) && !FOR_TESTS.test(name) && !inlined) {
      violations.push(
        `${folder} tests with ${SCOPE}${name}, but ${arrow?.rule}. Test it where both are known.`,
      );
    }
  }
  for (const [name, version] of Object.entries({
    ...dependencies,
    ...optionalDependencies,
    ...devDependencies,
  })) {
    const wanted = name.startsWith(SCOPE)
      ? version === "workspace:*"
      : /^(npm:.+@)?\d+\.\d+\.\d+/.test(version);
    if (!wanted) {
      const right = name.startsWith(SCOPE) ? '"workspace:*"' : "an exact version";
      violations.push(`${folder} asks for ${name} ${version}. Write ${right}.`);
    }
  }
  return violations;
}

/** The names in a list of dependencies that are ours, without the scope. */
function oursIn(dependencies: Readonly<Record<string, string>> = {}): string[] {
  return Object.keys(dependencies)
    .filter((name) => name.startsWith(SCOPE))
    .map((name) => name.slice(SCOPE.length));
}

/** Circles through tests too: the build of a package waits for everything that its `package.json` names. */
function circles(packages: readonly WorkspacePackage[]): string[] {
  const next = new Map(
    packages.map(({ manifest }) => [
      manifest.name.replace(SCOPE, ""),
      oursIn({ ...manifest.dependencies, ...manifest.devDependencies }),
    ]),
  );
  const found = new Map<string, string>();
  const walk = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start !== -1) {
      const circle = path.slice(start);
      const key = circle.toSorted().join();
      const text = [...circle, name].join(" → ");
      if (!found.has(key)) found.set(key, `${text} is a circle. Take one of these out of its package.json.`);
      return;
    }
    for (const other of next.get(name) ?? []) walk(other, [...path, name]);
  };
  for (const name of next.keys()) walk(name, []);
  return [...found.values()];
}
