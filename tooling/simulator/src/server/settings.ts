import { isJsonObject } from "./json.ts";

/** What a sign-in on the simulated GitHub may be made for. */
export interface GithubApp {
  /** As the consent page names it. */
  readonly name: string;
  /** `ghu` for a GitHub App, `gho` for an OAuth App. */
  readonly prefix: "ghu" | "gho";
  /** Whether its tokens may be exchanged for Copilot tokens; others get 404. */
  readonly copilot: boolean;
}

/**
 * How the simulated services behave. Plain and mutable: a change counts from the next request on.
 * Durations are seconds where the wire has seconds, and may be fractions; those marked ms are milliseconds.
 */
export interface Settings {
  /** Who approves where nobody is named. @default "octocat" */
  login: string;
  /** The least time between the answer to one poll and the next, in seconds. @default 5 */
  interval: number;
  /** How much a `slow_down` adds to the interval of its code, in seconds. @default 5 */
  slowDownStep: number;
  /** How long a device code is good, in seconds. @default 899 */
  deviceCodeLifetime: number;
  /** Approves every device code by itself after so many ms. @default undefined: somebody must */
  autoApprove: number | undefined;
  /** The server clock's lead over this machine's, in ms: in `Date`, `expires_at` and `exp`. @default 0 */
  clockOffset: number;
  /** Whether answers carry a `Date`. @default true */
  dateHeader: boolean;

  /** The apps that GitHub knows, by client id. */
  githubApps: Readonly<Record<string, GithubApp>>;
  /** Whether the apps may use the device flow at all. @default true */
  deviceFlow: boolean;
  /** Whether GitHub tokens end and come with a refresh token. @default false */
  githubExpiring: boolean;
  /** How long an expiring GitHub token is good, in seconds. @default 28800 */
  githubTokenLifetime: number;
  /** @default "individual" */
  plan: "free" | "individual" | "business";
  /**
   * Refuses the Copilot exchange: `rate_limited` (403 without an error envelope), `secondary_rate_limited`
   * (429 with `Retry-After`), `not_found`, `bad_credentials`, or any notification id such as
   * `no_copilot_access` (403 with an error envelope). @default undefined
   */
  copilotRefusal: string | undefined;
  /** What the exchange names as the Copilot API's address, true or not. @default undefined: the simulated one */
  copilotEndpoint: string | undefined;
  /** How long a Copilot token is good, in seconds. @default 1800 */
  tokenLifetime: number;
  /** The exchange's `refresh_in`, in seconds. @default undefined: five sixths of the lifetime */
  refreshIn: number | undefined;

  /** How long a Hyper access token is good, in seconds. @default 3600 */
  hyperTokenLifetime: number;
  /** Which of its two forms Hyper's exchange answers in. @default "expires_in" */
  hyperExpiry: "expires_in" | "expires_at";
  /** For how many ms the last spent grant is answered again instead of revoking the family. @default 0 */
  hyperForgiveness: number;
  /** The team's credits; at 0 and below model calls are answered 402. @default 1000 */
  hyperBalance: number;
  /** Whether the credits are shown in dollars. @default false */
  hyperShowsDollars: boolean;
  /** API keys that Hyper takes in place of access tokens. @default ["sk-hyper-simulated"] */
  hyperApiKeys: readonly string[];

  /** In how many pieces a streamed answer arrives. @default undefined: one for each word */
  chunks: number | undefined;
  /** The pause before each piece, in ms. @default 0 */
  chunkDelay: number;
  /** Whether the journal keeps the bodies of model calls. @default false */
  keepBodies: boolean;
}

export function createSettings(changes: Partial<Settings> = {}): Settings {
  const settings: Settings = {
    login: "octocat",
    interval: 5,
    slowDownStep: 5,
    deviceCodeLifetime: 899,
    autoApprove: undefined,
    clockOffset: 0,
    dateHeader: true,
    githubApps: {
      "Iv1.b507a08c87ecfe98": { name: "GitHub Copilot Plugin", prefix: "ghu", copilot: true },
      "01ab8ac9400c4e429b23": { name: "Visual Studio Code", prefix: "gho", copilot: true },
      "178c6fc778ccc68e1d6a": { name: "GitHub CLI", prefix: "gho", copilot: false },
    },
    deviceFlow: true,
    githubExpiring: false,
    githubTokenLifetime: 28_800,
    plan: "individual",
    copilotRefusal: undefined,
    copilotEndpoint: undefined,
    tokenLifetime: 1800,
    refreshIn: undefined,
    hyperTokenLifetime: 3600,
    hyperExpiry: "expires_in",
    hyperForgiveness: 0,
    hyperBalance: 1000,
    hyperShowsDollars: false,
    hyperApiKeys: ["sk-hyper-simulated"],
    chunks: undefined,
    chunkDelay: 0,
    keepBodies: false,
  };
  changeSettings(settings, changes);
  return settings;
}

/** The values that are not of their default's type, or have no default. */
const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  autoApprove: isNumberOrAbsent,
  refreshIn: isNumberOrAbsent,
  chunks: isNumberOrAbsent,
  copilotRefusal: isTextOrAbsent,
  copilotEndpoint: isTextOrAbsent,
  plan: (value) => value === "free" || value === "individual" || value === "business",
  hyperExpiry: (value) => value === "expires_in" || value === "expires_at",
  githubApps: (value) => isJsonObject(value) && Object.values(value).every(isJsonObject),
  hyperApiKeys: (value) => Array.isArray(value) && value.every((key) => typeof key === "string"),
};

/**
 * Takes changes over, all or none; `null` (in JSON) stands for `undefined`.
 * @throws TypeError naming a setting that does not exist or cannot have this value
 */
export function changeSettings(settings: Settings, changes: object): void {
  const current = new Map<string, unknown>(Object.entries(settings));
  const checked = Object.entries(changes).map(([name, given]: [string, unknown]) => {
    if (!current.has(name)) throw new TypeError(`There is no setting "${name}"`);
    const value = given ?? undefined;
    const fits = CHECKS[name]?.(value) ?? typeof value === typeof current.get(name);
    if (!fits) throw new TypeError(`The setting "${name}" cannot be ${JSON.stringify(given)}`);
    return [name, value] as const;
  });
  Object.assign(settings, Object.fromEntries(checked));
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isNumberOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "number";
}
