import type { Token } from "@tokenflow/core";
import { isJsonObject, type JsonValue } from "@tokenflow/core/provider";

/** The rest of an exchange's response, besides the token. Everything is optional, nothing is secret. */
export interface CopilotTokenDetails {
  /** The GitHub host that the session belongs to. */
  readonly host?: string;
  /** The way that the token opens the API: `exchange`, or `direct` if it is the GitHub token itself. */
  readonly mode?: string;
  /** Why `auto` went direct, in a sentence. */
  readonly modeReason?: string;
  /** An open set: `copilot_for_business_seat`, `free_limited_copilot`, … */
  readonly sku?: string;
  /** Known only in direct mode; an open set. */
  readonly plan?: string;
  readonly individual?: boolean;
  /** As the service named them, unchecked: `Upstream.address` checks them. */
  readonly endpoints?: {
    readonly api?: string;
    readonly proxy?: string;
    readonly telemetry?: string;
    readonly originTracker?: string;
  };
  /** Tracking ids, not names. */
  readonly organizations?: readonly string[];
  readonly enterprises?: readonly number[];
  readonly publicSuggestions?: string;
  readonly telemetry?: string;
  /** The quotas that a free account has left. */
  readonly quotas?: { readonly chat?: number; readonly completions?: number };
  /** The time at which the quotas of a free account are reset, in milliseconds since 1970. */
  readonly quotasResetAt?: number;
  readonly notification?: {
    readonly id?: string;
    readonly title?: string;
    readonly message?: string;
    readonly url?: string;
  };
  /** Every boolean of the response by its name in camel case: `chatEnabled`, `codeQuoteEnabled`, … */
  readonly flags?: { readonly [name: string]: boolean };
}

/** The details that were read. Each request asks for those of its token more than once. */
const detailsOf = new WeakMap<Token, CopilotTokenDetails>();

/** Reads the details of a token. Another process, or another version of this package, may have stored them. */
export function copilotTokenDetails(token: Token): CopilotTokenDetails {
  const known = detailsOf.get(token);
  if (known) return known;
  const details: CopilotTokenDetails = Object.fromEntries(
    Object.entries(token.details ?? {}).filter(([name, value]) => SHAPES.get(name)?.(value) ?? false),
  );
  detailsOf.set(token, details);
  return details;
}

const isText = (value: JsonValue | undefined): boolean => typeof value === "string";
const isNumber = (value: JsonValue | undefined): boolean => typeof value === "number";
const isBoolean = (value: JsonValue | undefined): boolean => typeof value === "boolean";
const isListOf =
  (check: typeof isText) =>
  (value: JsonValue): boolean =>
    Array.isArray(value) && value.every(check);
const isMapOf =
  (check: typeof isText) =>
  (value: JsonValue): boolean =>
    isJsonObject(value) && Object.values(value).every(check);

const SHAPES: ReadonlyMap<string, (value: JsonValue) => boolean> = new Map([
  ["host", isText],
  ["mode", isText],
  ["modeReason", isText],
  ["sku", isText],
  ["plan", isText],
  ["individual", isBoolean],
  ["endpoints", isMapOf(isText)],
  ["organizations", isListOf(isText)],
  ["enterprises", isListOf(isNumber)],
  ["publicSuggestions", isText],
  ["telemetry", isText],
  ["quotas", isMapOf(isNumber)],
  ["quotasResetAt", isNumber],
  ["notification", isMapOf(isText)],
  ["flags", isMapOf(isBoolean)],
]);
