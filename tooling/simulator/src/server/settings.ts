import { isJsonObject, type JsonObject } from "@tokenflow/conformance/server";

/** An app that a person can sign in to on the simulated GitHub. */
export interface GithubApp {
  /** Its name on the consent page. */
  readonly name: string;
  /** `ghu` for a GitHub App, `gho` for an OAuth App, `ghs` for Actions, `github_pat` for tokens made by hand. */
  readonly prefix: "ghu" | "gho" | "ghs" | "github_pat";
  /** True if its tokens may be exchanged for Copilot tokens. Others get 404. */
  readonly copilot: boolean;
}

/** A call of a tool that a model is told to make. */
export interface ScriptedCall {
  readonly tool: string;
  readonly input: JsonObject;
}

/**
 * The behaviour of the simulated services. Mutable: a change counts from the next request.
 * Durations are seconds, as on the wire, and may be fractions. Those marked ms are milliseconds.
 */
export interface Settings {
  /** The login that approves if none is given. @default "octocat" */
  login: string;
  /** The least time between the answer to one poll and the next, in seconds. @default 5 */
  interval: number;
  /** Added to the interval by a `slow_down`, in seconds. @default 5 */
  slowDownStep: number;
  /** The lifetime of a device code, in seconds. @default 899 */
  deviceCodeLifetime: number;
  /** Approves every device code after this many ms. @default undefined: a person must */
  autoApprove: number | undefined;
  /** The server clock's lead over this machine's, in ms: in `Date`, `expires_at` and `exp`. @default 0 */
  clockOffset: number;
  /** Sends a `Date` with answers. @default true */
  dateHeader: boolean;

  /** The apps that GitHub knows, by client id. */
  githubApps: Readonly<Record<string, GithubApp>>;
  /** Lets the apps use the device flow. @default true */
  deviceFlow: boolean;
  /** Makes GitHub tokens expire and come with a refresh token. @default false */
  githubExpiring: boolean;
  /** The lifetime of an expiring GitHub token, in seconds. @default 28800 */
  githubTokenLifetime: number;
  /** @default "individual" */
  plan: "free" | "individual" | "business";
  /**
   * Refuses the Copilot exchange: `rate_limited` (403 without an error envelope), `secondary_rate_limited`
   * (429 with `Retry-After`), `not_found`, `not_accessible` (403 without an envelope, about the app), `unknown_editor`
   * (400), `server_down` (503), `bad_credentials`, or any notification id such as `no_copilot_access` (403 with an error
   * envelope). @default undefined
   */
  copilotRefusal: string | undefined;
  /** The Copilot API's address in the exchange's answer. @default undefined: the simulated one */
  copilotEndpoint: string | undefined;
  /** The lifetime of a Copilot token, in seconds. @default 1800 */
  tokenLifetime: number;
  /** The exchange's `refresh_in`, in seconds. @default undefined: five sixths of the lifetime */
  refreshIn: number | undefined;

  /** How the account pays: by AI credits, or by premium requests. @default "credits" */
  billing: "credits" | "requests";
  /** The account may use Opus and Haiku. @default false */
  opusAndHaiku: boolean;
  /** Adds Grok to the catalogue, which only Chat Completions serves. @default false */
  grok: boolean;
  /** Writes response and item ids differently in every event of a Responses stream. @default true */
  changingIds: boolean;
  /** Encrypts the deltas of tool arguments for the integration `vscode-chat`. @default true */
  encryptedDeltas: boolean;
  /** The `anthropic-beta` names that are known. Any other refuses the request. @default five of them */
  acceptedBetas: readonly string[];
  /** Refuses members of a Messages request that the service does not know. @default true */
  refuseExtraMembers: boolean;
  /** Answers embeddings with numbers even if base64 was asked for, without `object` and `model`. @default true */
  embeddingsAsFloats: boolean;
  /** The API accepts GitHub tokens themselves. @default true */
  directTokens: boolean;
  /** The `Authorization` scheme that it wants for them. @default undefined: by plan, `token` for `business` */
  directScheme: "bearer" | "token" | undefined;
  /** Refuses exchanged tokens that come without the name of an integration. @default false */
  integrationRequired: boolean;
  /**
   * Accepts exchanged tokens from editors that GitHub does not know, as TokenFlow is one. Several clients report that
   * the service refuses them. Nobody has tried it with the names that TokenFlow sends, so either value may be right.
   * With false, `auto` goes direct at the first call of a model, and the mode `exchange` gets no answer of a model. A
   * test of calls with exchanged tokens has to set true, or to send the name of an editor that GitHub knows.
   * @default false
   */
  unknownEditors: boolean;
  /**
   * Answers calls of a model, or of `*`, 429 with this code: `user_model_rate_limited` and `model_overloaded` are
   * about one model, `user_global_rate_limited`, `user_weekly_rate_limited` and `rate_limited` about the session.
   * @default {}
   */
  rateLimits: Readonly<Record<string, string>>;

  /** The lifetime of a Hyper access token, in seconds. @default 3600 */
  hyperTokenLifetime: number;
  /** The form of Hyper's exchange. @default "expires_in" */
  hyperExpiry: "expires_in" | "expires_at";
  /** How long the last spent grant is answered again instead of revoking the family, in ms. @default 0 */
  hyperForgiveness: number;
  /** The team's credits. At 0 and below, model calls are answered 402. @default 1000 */
  hyperBalance: number;
  /** Shows the credits in dollars. @default false */
  hyperShowsDollars: boolean;
  /** API keys that Hyper accepts as access tokens. @default ["sk-hyper-simulated"] */
  hyperApiKeys: readonly string[];

  /** The number of pieces of a streamed answer. @default undefined: one for each word */
  chunks: number | undefined;
  /** The pause before each piece, in ms. @default 0 */
  chunkDelay: number;
  /** A model that is asked calls every tool that it has, not only the first one. @default false */
  callsEveryTool: boolean;
  /** A model calls only tools whose names end with this. @default undefined: any tool */
  callsTool: string | undefined;
  /**
   * The calls that a model makes, each after the result of the one before; then it answers in words, as it does when it
   * has no tool of this name. @default []: it calls its first tool once
   */
  script: readonly ScriptedCall[];
  /** Keeps the bodies of model calls in the journal. @default false */
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
      actions: { name: "GitHub Actions", prefix: "ghs", copilot: false },
      personal: { name: "Personal access token", prefix: "github_pat", copilot: false },
    },
    deviceFlow: true,
    githubExpiring: false,
    githubTokenLifetime: 28_800,
    plan: "individual",
    copilotRefusal: undefined,
    copilotEndpoint: undefined,
    tokenLifetime: 1800,
    refreshIn: undefined,
    billing: "credits",
    opusAndHaiku: false,
    grok: false,
    changingIds: true,
    encryptedDeltas: true,
    acceptedBetas: [
      "claude-code-20250219",
      "effort-2025-11-24",
      "fine-grained-tool-streaming-2025-05-14",
      "interleaved-thinking-2025-05-14",
      "prompt-caching-2024-07-31",
    ],
    refuseExtraMembers: true,
    embeddingsAsFloats: true,
    directTokens: true,
    directScheme: undefined,
    integrationRequired: false,
    unknownEditors: false,
    rateLimits: {},
    hyperTokenLifetime: 3600,
    hyperExpiry: "expires_in",
    hyperForgiveness: 0,
    hyperBalance: 1000,
    hyperShowsDollars: false,
    hyperApiKeys: ["sk-hyper-simulated"],
    chunks: undefined,
    chunkDelay: 0,
    callsEveryTool: false,
    callsTool: undefined,
    script: [],
    keepBodies: false,
  };
  changeSettings(settings, changes);
  return settings;
}

/** Checks of values that may differ in type from their default. */
const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  autoApprove: isNumberOrAbsent,
  refreshIn: isNumberOrAbsent,
  chunks: isNumberOrAbsent,
  copilotRefusal: isTextOrAbsent,
  copilotEndpoint: isTextOrAbsent,
  directScheme: (value) => value === undefined || value === "bearer" || value === "token",
  plan: (value) => value === "free" || value === "individual" || value === "business",
  hyperExpiry: (value) => value === "expires_in" || value === "expires_at",
  githubApps: (value) => isJsonObject(value) && Object.values(value).every(isJsonObject),
  hyperApiKeys: isListOfTexts,
  billing: (value) => value === "credits" || value === "requests",
  acceptedBetas: isListOfTexts,
  script: (value) => Array.isArray(value) && value.every(isScriptedCall),
  rateLimits: (value) =>
    isJsonObject(value) && Object.values(value).every((code) => typeof code === "string"),
};

/**
 * Applies changes, all or none. `null` (in JSON) means `undefined`.
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

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isScriptedCall(value: unknown): boolean {
  return isJsonObject(value) && typeof value["tool"] === "string" && isJsonObject(value["input"]);
}
