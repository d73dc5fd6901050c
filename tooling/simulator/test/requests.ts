import type { Simulator } from "@tokenflow/simulator";

/** An answer as a test wants to look at it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export const CLIENT_ID = "Iv1.b507a08c87ecfe98";
export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
/** An editor that GitHub knows. */
export const EDITOR: Record<string, string> = { "editor-version": "vscode/1.105.0" };

/** For `expect.poll`: a busy machine may take its time. */
export const PATIENT: { readonly timeout: number } = { timeout: 10_000 };

export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

export function postForm(url: string, fields: Record<string, string>): Promise<Answer> {
  const headers = { accept: "application/json" };
  return send(url, { method: "POST", headers, body: new URLSearchParams(fields) });
}

export function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return send(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

export function githubCode(simulator: Simulator, fields: Record<string, string> = {}): Promise<Answer> {
  return postForm(`${simulator.githubUrl}/login/device/code`, { client_id: CLIENT_ID, ...fields });
}

export function githubPoll(
  simulator: Simulator,
  code: Answer,
  fields: Record<string, string> = {},
): Promise<Answer> {
  return postForm(`${simulator.githubUrl}/login/oauth/access_token`, {
    client_id: CLIENT_ID,
    device_code: String(code.json["device_code"]),
    grant_type: DEVICE_GRANT,
    ...fields,
  });
}

export function exchangeGithub(simulator: Simulator, grant: string): Promise<Answer> {
  return send(`${simulator.githubApiUrl}/copilot_internal/v2/token`, { headers: bearer(grant) });
}

/** A Copilot token, without a sign-in. */
export async function copilotToken(simulator: Simulator): Promise<string> {
  return String((await exchangeGithub(simulator, simulator.createGrant("github"))).json["token"]);
}

export function exchangeHyper(simulator: Simulator, grant: unknown): Promise<Answer> {
  return postJson(`${simulator.hyperUrl}/token/exchange`, { refresh_token: grant });
}

/** A call of a model on the Copilot API. */
export function ask(
  simulator: Simulator,
  token: string,
  more: Record<string, unknown> = {},
  path = "/chat/completions",
): Promise<Answer> {
  return postJson(`${simulator.copilotUrl}${path}`, question(more), { ...EDITOR, ...bearer(token) });
}

export function question(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: "gpt-4.1", messages: [{ role: "user", content: "How are you?" }], ...more };
}

/** The `data:` of each event of a stream. */
export function eventData(text: string): string[] {
  return text.split("\n\n").flatMap((event) => /^data: (.*)$/m.exec(event)?.slice(1) ?? []);
}

/** The events of a stream that are JSON objects. */
export function events(text: string): Record<string, unknown>[] {
  return eventData(text)
    .filter((data) => data !== "[DONE]")
    .map(parse);
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
