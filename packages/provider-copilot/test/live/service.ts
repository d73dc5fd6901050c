import { Token } from "@tokenflow/core";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tokenflow/core/provider";
import type { CopilotProvider } from "@tokenflow/provider-copilot";
import { type Recorder, readSentence } from "@tokenflow/simulator";

/** What every question of the live test needs. */
export interface Live {
  /** In the mode `auto`, with our own names. */
  readonly provider: CopilotProvider;
  /** GitHub's REST API. */
  readonly githubApiUrl: string;
  readonly recorder: Recorder;
  /** The grants of this run, by the name that the table shows. */
  readonly grants: Readonly<Record<string, string>>;
  readonly token: Token;
  /** Tells the answer to a question. */
  tell(question: string, answer: string): void;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: JsonObject;
  /** The data of a stream's events. */
  readonly events: readonly JsonObject[];
}

/** Sends one request to the API, with our own headers, as `createFetch` would. */
export async function ask(
  { provider, recorder }: Live,
  path: string,
  token: Token,
  {
    body,
    headers = {},
  }: { readonly body?: JsonObject; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answered> {
  const { upstream } = provider;
  const json = body === undefined ? {} : { json: () => body };
  const response = await recorder.fetch(upstream.address(token) + path, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      ...upstream.headers({ path, headers: {}, ...json }, token),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
      authorization: token.authorization,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = parseJson(text);
  const events = [...text.matchAll(/^data: ?(\{.*)$/gm)].flatMap(([, data = ""]) => {
    const event = parseJson(data);
    return isJsonObject(event) ? [event] : [];
  });
  const { status, headers: answered } = response;
  return { status, headers: answered, text, json: isJsonObject(parsed) ? parsed : {}, events };
}

/** Returns the GitHub token itself as a token of the API. */
export function direct(githubToken: string, scheme: string, details: Token["details"]): Token {
  return new Token({
    accessToken: githubToken,
    tokenType: scheme,
    issuedAt: Date.now(),
    details: { ...details, mode: "direct" },
  });
}

/** Returns the status, and what a refusal says. */
export function outcome({ status, text }: Answered): string {
  return status < 400 ? String(status) : `${status} ${readSentence(text)}`.trim();
}

/** Returns the member at a path. */
export function at(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (member, name) => (isJsonObject(member) ? member[name] : undefined),
    value,
  );
}
