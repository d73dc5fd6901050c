import {
  asObject,
  type HttpAnswer,
  type HttpRequest,
  isJsonObject,
  type JsonObject,
} from "@tokenflow/core/provider";

export type Form = Readonly<Record<string, string>>;

/** The requests whose parameters a service may extend. */
export type RequestKind = "device" | "poll" | "authorize" | "code" | "refresh";

/**
 * Describes how a service's messages differ from RFC 6749 and RFC 8628. It is data alone: a value in `parameters` may
 * hold `$client_id`, `$client_secret`, `$device_code`, `$user_code` and `$scope`.
 */
export interface WireFormat {
  /** The encoding of requests. @default "form" @example "json" */
  readonly encoding?: "form" | "json" | undefined;
  /** The service's names for parameters and members, by the standard's. @default {} @example { scope: "scopes" } */
  readonly names?: Form | undefined;
  /** The `grant_type` of a poll; "" for none. @default RFC 8628's @example "device_code" */
  readonly deviceGrantType?: string | undefined;
  /** Parameters that a request also needs. @default {} @example { poll: { user_code: "$user_code" } } */
  readonly parameters?: Partial<Record<RequestKind, Form>> | undefined;
  /** Parameters of the request for a device code that are repeated in the query. @default [] @example ["client_id"] */
  readonly query?: readonly string[] | undefined;
  /** The service's error codes or numbers, and the standard's. @default {} @example { invalid_user: "invalid_grant" } */
  readonly words?: Form | undefined;
  /** The meaning of a poll's status if there is no error code. @default {} @example { 410: "expired_token" } */
  readonly statuses?: Readonly<Record<number, string>> | undefined;
}

/** Returns a kind of request's own parameters, with the values that they refer to. */
export function extraParameters(
  { parameters }: WireFormat,
  kind: RequestKind,
  values: Readonly<Record<string, string | undefined>>,
): Form {
  const filled = Object.entries(parameters?.[kind] ?? {}).map(([name, value]): [string, string] => [
    name,
    value.replaceAll(/\$(\w+)/g, (_, variable: string) => values[variable] ?? ""),
  ]);
  return Object.fromEntries(filled);
}

/** Encodes a form in the service's names. */
export function encodeForm(
  form: Form,
  { encoding, names = {} }: WireFormat,
): Pick<HttpRequest, "form" | "json"> {
  const renamed = Object.fromEntries(
    Object.entries(form).map(([name, value]) => [
      Object.hasOwn(names, name) ? (names[name] ?? name) : name,
      value,
    ]),
  );
  return encoding === "json" ? { json: renamed } : { form: renamed };
}

/** Pairs as a form has them. Neither HTML nor a sentence is one. */
const FORM = /^[\w.-]+=[^\s&<>"]*(?:&[\w.-]+=[^\s&<>"]*)*$/;
const FORM_MEMBERS = ["access_token", "device_code", "error"];

/** Reads an answer that is form-encoded, as servers sent it before RFC 6749 §5.1. Its content type is often wrong. */
export function readFormAnswer(answer: HttpAnswer): HttpAnswer {
  const text = answer.text.trim();
  if (answer.json !== undefined || !FORM.test(text)) return answer;
  const members = Object.fromEntries(new URLSearchParams(text));
  return FORM_MEMBERS.some((name) => Object.hasOwn(members, name)) ? { ...answer, json: members } : answer;
}

/**
 * Puts an answer into the standard's names: those that it has already are not touched. Some services answer every member
 * that they know: an `error` that says nothing, such as null, is left out.
 */
export function decodeAnswer(answer: HttpAnswer, { names = {} }: WireFormat): HttpAnswer {
  if (!isJsonObject(answer.json)) return answer;
  const { error, ...others } = answer.json;
  const isUntouched = error === undefined || Boolean(error);
  const body: JsonObject = isUntouched ? answer.json : others;
  const renamed = Object.entries(names).flatMap(([ours, theirs]) => {
    const value = body[theirs];
    return value === undefined || body[ours] !== undefined ? [] : [[ours, value] as const];
  });
  if (isUntouched && renamed.length === 0) return answer;
  return { ...answer, json: { ...body, ...Object.fromEntries(renamed) } };
}

/** Returns the service's own word for a poll's answer that names no error. */
export function statusWord({ status, json }: HttpAnswer, { statuses = {} }: WireFormat): string | undefined {
  return asObject(json)["error"] === undefined ? statuses[status] : undefined;
}
