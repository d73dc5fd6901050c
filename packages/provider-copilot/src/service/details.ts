import type { Token } from "@tokenflow/core";
import { isJsonObject, type JsonValue } from "@tokenflow/core/provider";

/** What an exchange said beside the token. All of it is optional, none of it is secret. */
export interface CopilotTokenDetails {
  /** The GitHub that the session belongs to. */
  readonly host?: string;
  /** An open set: `copilot_for_business_seat`, `free_limited_copilot`, … */
  readonly sku?: string;
  /** Known in direct mode only; an open set. */
  readonly plan?: string;
  readonly individual?: boolean;
  /** As the service named them; `Upstream.address` is what checks them. */
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
  /** What a free account has left. */
  readonly quotas?: { readonly chat?: number; readonly completions?: number };
  /** When the quotas of a free account start anew, in milliseconds since 1970. */
  readonly quotasResetAt?: number;
  readonly notification?: {
    readonly id?: string;
    readonly title?: string;
    readonly message?: string;
    readonly url?: string;
  };
  /** Every switch of the answer by its name in camel case: `chatEnabled`, `codeQuoteEnabled`, … */
  readonly flags?: { readonly [name: string]: boolean };
}

/** The details of a token, also of one that another process, or another version of this package, stored. */
export function copilotTokenDetails(token: Token): CopilotTokenDetails {
  const details = token.details ?? {};
  return Object.fromEntries(
    Object.entries(details).filter(([name, value]) => SHAPES.get(name)?.(value) ?? false),
  );
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
