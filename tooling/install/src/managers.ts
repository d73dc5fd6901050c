import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

export type Dependencies = Readonly<Record<string, string>>;

/** A package manager, and how it installs into an empty folder. */
export interface Manager {
  readonly name: string;
  /** The npm package that contains it, and its exact version; absent if it is already installed. */
  readonly package?: readonly [name: string, version: string];
  /** Returns the files of a project with these dependencies, which also resolve each other to them. */
  files(dependencies: Dependencies): Readonly<Record<string, string>>;
  install(folder: string, tools: string): Promise<unknown>;
}

const run = promisify(execFile);
const { platform, arch } = process;
const BUN = `@oven/bun-${platform}-${arch === "arm64" ? "aarch64" : arch}`;

/** Returns npm's registry, for managers that do not read npm's configuration. */
async function registry(): Promise<string> {
  return (await run("npm", ["config", "get", "registry"])).stdout.trim();
}

const manifest = (dependencies: object): string =>
  JSON.stringify({ name: "user", private: true, type: "module", ...dependencies });

export const managers: readonly Manager[] = [
  {
    name: "npm",
    files: (dependencies) => ({ "package.json": manifest({ dependencies }) }),
    install: (folder) =>
      run(
        "npm",
        ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"],
        { cwd: folder },
      ),
  },
  {
    name: "pnpm",
    files: (dependencies) => ({
      "package.json": manifest({ dependencies }),
      "pnpm-workspace.yaml": JSON.stringify({ packages: ["."], overrides: dependencies }),
    }),
    install: (folder) =>
      run("pnpm", ["install", "--prefer-offline", "--ignore-scripts", "--no-frozen-lockfile"], {
        cwd: folder,
      }),
  },
  {
    name: "Yarn",
    package: ["@yarnpkg/cli-dist", "4.18.1"],
    files: (dependencies) => ({
      "package.json": manifest({ dependencies, resolutions: dependencies }),
      // An empty lock file makes this folder a project, whatever its parents contain.
      "yarn.lock": "",
      ".yarnrc.yml": JSON.stringify({ nodeLinker: "node-modules", enableScripts: false }),
    }),
    install: async (folder, tools) => {
      const server = await registry();
      return run(
        process.execPath,
        [join(tools, "node_modules/@yarnpkg/cli-dist/bin/yarn.js"), "install", "--no-immutable"],
        {
          cwd: folder,
          env: {
            ...process.env,
            YARN_NPM_REGISTRY_SERVER: server,
            YARN_UNSAFE_HTTP_WHITELIST: new URL(server).hostname,
            YARN_ENABLE_TELEMETRY: "0",
            // Trusts the certificates of this machine, like the other managers.
            NODE_USE_SYSTEM_CA: "1",
          },
        },
      );
    },
  },
  {
    name: "Bun",
    package: [BUN, "1.4.5"],
    files: (dependencies) => ({ "package.json": manifest({ dependencies, overrides: dependencies }) }),
    install: (folder, tools) =>
      run(join(tools, "node_modules", BUN, "bin/bun"), ["install", "--ignore-scripts"], { cwd: folder }),
  },
];
