import { join } from "node:path";
import type { Commands } from "@tokenflow/conformance";

/** A client on the scoreboard. */
export interface ScoredClient {
  readonly name: string;
  /** What npm installs, with versions. Nothing for ours and for programs of the system. */
  readonly packages: Readonly<Record<string, string>>;
  /** The command that prints the version of a program of the system. */
  readonly versionCommand?: string | undefined;
  /** What the client claims to be, for a reader who asks why a cell says "not offered". */
  readonly claims: string;
  /** Groups or scenarios that its driver cannot show fairly, with the reason. */
  readonly leftOut?: readonly { readonly names: readonly string[]; readonly reason: string }[] | undefined;
  /** Returns its commands. `folder` has the drivers, and what npm installed. */
  commands(folder: string): Commands;
}

const ROOT = join(import.meta.dirname, "../../..");
const DRIVERS = join(import.meta.dirname, "../drivers");
const CLI = join(ROOT, "apps/cli/dist/bin.cjs");

/** A library shows nothing itself: its driver prints. */
const DRIVER_PRINTS = {
  names: [
    ...[
      "shows-code-and-address",
      "shows-the-code-beside-a-complete-address",
      "shows-the-code-before-it-polls",
    ],
    ...["shows-the-address-beside-a-complete-address", "prints-the-token-alone", "prints-no-other-secret"],
    ...["prints-no-control-characters", "says-that-the-person-denied"],
  ],
  reason: "the driver of a library prints, not the library",
};

const BUILT_IN_ID = "its client id is built in, and the driver replaces it on the way";

/** The clients, ours first. Each driver only calls the client: its own code polls, waits and reads. */
export const CLIENTS: readonly ScoredClient[] = [
  {
    name: "tokenflow (command)",
    packages: {},
    claims: "a program with stored sessions",
    commands: () => ({
      signIn: `node ${CLI} login conformance --issuer $ISSUER --upstream $ISSUER --client-id $CLIENT_ID --scope "$SCOPE" && node ${CLI} token conformance`,
      token: `node ${CLI} token conformance`,
      request: `node ${CLI} api conformance /api`,
      signOut: `node ${CLI} logout conformance --revoke`,
    }),
  },
  {
    name: "tokenflow (library)",
    packages: {},
    claims: "a library with stored sessions",
    leftOut: [DRIVER_PRINTS],
    commands: () => {
      const run = (action: string): string => `node ${join(DRIVERS, "tokenflow-library.mjs")} ${action}`;
      return {
        signIn: run("signIn"),
        token: run("token"),
        request: run("request"),
        callers: run("callers"),
        signOut: run("signOut"),
      };
    },
  },
  {
    name: "openid-client",
    packages: { "openid-client": "6.9.0" },
    claims: "a library for the protocol: the device flow with its polling, and single requests",
    leftOut: [DRIVER_PRINTS],
    commands: (folder) => ({ signIn: `node ${join(folder, "openid-client.mjs")}` }),
  },
  {
    name: "oauth4webapi",
    packages: { oauth4webapi: "3.8.8" },
    claims: "single requests; its example shows the loop, which the driver has",
    leftOut: [DRIVER_PRINTS],
    commands: (folder) => ({ signIn: `node ${join(folder, "oauth4webapi.mjs")}` }),
  },
  {
    name: "@octokit/auth-oauth-device",
    packages: { "@octokit/auth-oauth-device": "8.0.5", "@octokit/request": "10.0.16" },
    claims:
      "the device flow of GitHub, whose answers differ from RFC 8628: status 200 for errors, JSON accepted",
    leftOut: [DRIVER_PRINTS],
    commands: (folder) => ({ signIn: `node ${join(folder, "octokit.mjs")}` }),
  },
  {
    name: "@azure/msal-node",
    packages: { "@azure/msal-node": "7.2.3" },
    claims:
      "sign-in at Microsoft Entra; sessions need an ID token, which the server of the kit does not issue",
    leftOut: [
      DRIVER_PRINTS,
      { names: ["network"], reason: "its HTTP client takes https only, so the driver replaces it" },
    ],
    commands: (folder) => ({ signIn: `node ${join(folder, "msal-node.mjs")}` }),
  },
  {
    name: "better-auth",
    packages: { "better-auth": "1.7.25" },
    claims:
      "single requests to better-auth's own device plugin, which takes JSON; its documentation shows the loop, which the driver has",
    leftOut: [DRIVER_PRINTS, { names: ["sends-forms"], reason: "it speaks to servers that take JSON" }],
    commands: (folder) => ({ signIn: `node ${join(folder, "better-auth.mjs")}` }),
  },
  {
    name: "google-auth-library",
    packages: { "google-auth-library": "11.3.4" },
    claims: "keeps a session fresh in one process; it has no device flow and no store, which the driver has",
    leftOut: [
      DRIVER_PRINTS,
      { names: ["waiting", "ending", "network"], reason: "it has no device flow" },
      { names: ["sends-client-id-and-scope", "keeps-files-private"], reason: "the driver does that" },
    ],
    commands: (folder) => {
      const run = (action: string): string => `node ${join(folder, "google-auth-library.mjs")} ${action}`;
      return { signIn: run("signIn"), token: run("token"), request: run("request"), callers: run("callers") };
    },
  },
  {
    name: "mcp-remote",
    packages: { "mcp-remote": "0.15.1" },
    claims: "a bridge to MCP servers, with stored sessions and the device flow on demand",
    commands: (folder) => {
      const run = `node ${join(folder, "mcp-remote.mjs")}`;
      return { signIn: run, token: run, request: run };
    },
  },
  {
    name: "copilot-api",
    packages: { "copilot-api": "0.7.0" },
    claims: "a proxy for GitHub Copilot; signs in at GitHub, whose token has no end",
    leftOut: [{ names: ["sends-client-id-and-scope"], reason: BUILT_IN_ID }],
    commands: (folder) => ({ signIn: `node ${join(folder, "copilot-api.mjs")}` }),
  },
  {
    name: "gh",
    packages: {},
    versionCommand: "gh --version | head -1 | cut -d ' ' -f 3",
    claims: "GitHub's command line, in Go; signs in at GitHub, whose token has no end",
    leftOut: [{ names: ["sends-client-id-and-scope"], reason: BUILT_IN_ID }],
    commands: (folder) => ({ signIn: `node ${join(folder, "gh.mjs")}` }),
  },
  {
    name: "Python's standard library",
    packages: {},
    versionCommand: "python3 --version",
    claims: "no client: the kit's own example, a loop as programs write it",
    commands: () => ({
      signIn: `"$(readlink -f "$(command -v python3)")" ${join(ROOT, "packages/conformance/examples/client.py")}`,
    }),
  },
];
