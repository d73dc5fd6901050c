import type { Command } from "./command.ts";

interface Entry {
  readonly summary: string;
  /** Only the command that runs is loaded. */
  load(): Promise<Command>;
}

/** Every command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  login: {
    summary: "sign in by the device flow",
    load: async () => (await import("./commands/login.ts")).login,
  },
  import: {
    summary: "take over a sign-in of another program",
    load: async () => (await import("./commands/import.ts")).importCommand,
  },
  token: {
    summary: "print a fresh access token",
    load: async () => (await import("./commands/token.ts")).token,
  },
  status: {
    summary: "show the sessions",
    load: async () => (await import("./commands/status.ts")).status,
  },
  logout: {
    summary: "forget a session",
    load: async () => (await import("./commands/logout.ts")).logout,
  },
  stores: {
    summary: "show where sessions can be kept",
    load: async () => (await import("./commands/stores.ts")).stores,
  },
  proxy: {
    summary: "serve an OpenAI-compatible endpoint in front of the sessions",
    load: async () => (await import("./commands/proxy.ts")).proxy,
  },
};
