/**
 * The one table of allowed imports. `pnpm run layers` checks every import, type imports included, and every
 * `package.json` against it.
 */

/** A row for the packages in folder `from`, which may import our packages `to`. Both are regular expressions. */
export interface PackageArrow {
  readonly from: string;
  readonly to: string;
  readonly rule: string;
}

/** The first row that matches a folder counts. */
export const PACKAGE_ARROWS: readonly PackageArrow[] = [
  { from: "packages/core", to: "-", rule: "core imports no other package of ours" },
  {
    from: "packages/store-(?:file|keychain)",
    to: "core|file-lock",
    rule: "a store that locks by files imports core and file-lock",
  },
  {
    from: "packages/conformance",
    to: "-",
    rule: "the conformance kit tests any client, and imports nothing of ours",
  },
  {
    from: "packages/mcp",
    to: "core|provider-oauth",
    rule: "what speaks MCP imports core and the OAuth provider, which signs in to its servers",
  },
  { from: "packages/[^/]+", to: "core", rule: "a package imports core and no other of ours" },
  {
    from: "apps/common",
    to: "core|provider-[^/]+|store-[^/]+|mcp",
    rule: "what the apps share imports core, providers, stores and mcp",
  },
  {
    from: "apps/cli",
    to: "core|provider-[^/]+|store-[^/]+|browser|mcp|common|proxy",
    rule: "the CLI imports core, providers, stores, browser, mcp, common and the proxy",
  },
  {
    from: "apps/[^/]+",
    to: "core|dialects|provider-[^/]+|store-[^/]+|common",
    rule: "an app imports core, dialects, providers, stores and common",
  },
  {
    from: "tooling/simulator",
    to: "conformance",
    rule: "the simulator is made of the conformance kit's server, and of nothing that it helps to test",
  },
  {
    from: "tooling/(?:build|services)",
    to: "-",
    rule: "what checks the packages is not made of them",
  },
  { from: "tooling/[^/]+", to: "[^/]+", rule: "tooling may import everything" },
];

/** Tests may also import these: real providers and stores, and the stand-ins for services. */
export const TEST_ARROWS = "core|provider-[^/]+|store-[^/]+|browser|conformance|simulator|services|build";

/**
 * The rooms of each package, lowest first. A room imports only rooms before it. Rooms in one string are beside each
 * other and do not import each other. Files at the root of `src` may import every room, and no room imports them.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "packages/conformance": ["server", "service", "judge", "scenarios", "run issuer", "report", "program"],
  "packages/core": [
    "base",
    "token",
    "http",
    "contracts",
    "wire environment",
    "record",
    "protocol",
    "store",
    "repair",
    "fetch",
    "refresh",
    "manager",
    "encryption telemetry testing",
  ],
  "packages/dialects": ["base", "conversation", "members", "chat responses messages", "translate"],
  "packages/mcp": ["client"],
  "packages/provider-copilot": ["service", "wire", "sign-in", "api import"],
  "packages/store-redis": ["connection"],
  "packages/provider-oauth": ["wire", "server", "requests services", "workload"],
  "apps/cli": [
    "terminal clients",
    "cli tools",
    "session agent",
    "sign-in formats",
    "exec doctor mcp setup",
    "commands",
  ],
  "apps/common": ["network messages", "settings", "stores", "providers"],
  "apps/proxy": [
    "answers",
    "body",
    "access routing",
    "observe dialects",
    "forward monitor usage telemetry",
    "server dashboard",
    "workers",
    "program",
  ],
  "tooling/clients": ["scene", "sessions"],
  "tooling/bench": ["measure", "stores", "contention hot-path proxy report startup usage weight", "against"],
  "tooling/build": ["workspace", "bundle", "packages rules tests"],
  "tooling/chaos": ["parts", "servers", "workers", "scenarios"],
  "tooling/explore": ["schedule", "world", "invariants scenarios faults model"],
  "tooling/fuzz": ["engine", "targets"],
  "tooling/services": ["processes", "redis oidc hostile mcp network", "servers"],
  "tooling/simulator": ["server", "models sign-in", "copilot hyper oauth", "examples recordings"],
};
