import { isJsonObject, parseJson } from "@tokenflow/conformance/server";
import type { Settings } from "../server/settings.ts";
import { readAnswer } from "./recorder.ts";
import type { RecordedExchange, Recording } from "./recording.ts";

/** The simulated services, as far as a replay needs them. */
export interface ReplayTarget {
  readonly copilotUrl: string;
  readonly githubApiUrl: string;
  readonly settings: Pick<Settings, "githubApps">;
  createGrant(service: "github", options: { readonly clientId?: string | undefined }): string;
}

/** A difference between a recording and what the simulator answers. */
export interface Difference {
  readonly question: string;
  readonly request: string;
  readonly recorded: string;
  readonly simulated: string;
}

/** Sends what was recorded to the simulated services, and returns where they answer otherwise. */
export async function replayRecording(
  recording: Recording,
  simulator: ReplayTarget,
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  for (const exchange of recording.exchanges) {
    const { question, method, path, credential, scheme } = exchange;
    const simulated = await send(exchange, simulator);
    const request = `${method} ${path} with ${scheme} ${credential}`;
    for (const [recorded, answered] of compare(exchange, simulated)) {
      differences.push({ question, request, recorded, simulated: answered });
    }
  }
  return differences;
}

type Answered = Pick<RecordedExchange, "status" | "answer" | "events" | "sentence">;

async function send(exchange: RecordedExchange, simulator: ReplayTarget): Promise<Answered> {
  const { service, method, path, headers, body } = exchange;
  const origin = service === "copilot" ? simulator.copilotUrl : simulator.githubApiUrl;
  const response = await fetch(origin + path, {
    method,
    headers: { ...headers, ...(await authorizationFor(exchange, simulator)) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { status } = response;
  return {
    status,
    ...readAnswer(status, response.headers.get("content-type") ?? "", await response.text()),
  };
}

async function authorizationFor(
  { credential, scheme }: RecordedExchange,
  simulator: ReplayTarget,
): Promise<Readonly<Record<string, string>>> {
  if (credential === "none") return {};
  if (credential === "unknown") return { authorization: `${scheme} unknown` };
  const apps = Object.entries(simulator.settings.githubApps);
  const prefix = credential === "copilot" ? "ghu" : credential;
  const [clientId] = apps.find(([, app]) => app.prefix === prefix) ?? [];
  const grant = simulator.createGrant("github", { clientId });
  if (credential !== "copilot") return { authorization: `${scheme} ${grant}` };
  const answer = await fetch(`${simulator.githubApiUrl}/copilot_internal/v2/token`, {
    headers: { authorization: `Bearer ${grant}` },
  });
  const envelope = parseJson(await answer.text());
  const token = isJsonObject(envelope) ? envelope["token"] : undefined;
  return { authorization: `${scheme} ${typeof token === "string" ? token : "none"}` };
}

function compare(recorded: RecordedExchange, simulated: Answered): readonly (readonly [string, string])[] {
  if (recorded.status !== simulated.status) {
    return [[`status ${recorded.status}`, `status ${simulated.status}`]];
  }
  const members = [pathsOf(recorded), pathsOf(simulated)] as const;
  const only = (one: ReadonlySet<string>, other: ReadonlySet<string>): string =>
    [...one].filter((path) => !other.has(path)).join(", ");
  const [mine, theirs] = [only(...members), only(members[1], members[0])];
  const shapes = mine === "" && theirs === "" ? [] : [[mine, theirs] as const];
  if (saysTheSame(recorded.sentence, simulated.sentence)) return shapes;
  return [...shapes, [`sentence "${recorded.sentence}"`, `sentence "${simulated.sentence ?? ""}"`]];
}

/** The code reads some refusals by their words. What was private in the recorded ones may be anything. */
function saysTheSame(recorded: string | undefined, simulated: string | undefined): boolean {
  if (recorded === undefined) return true;
  const parts = recorded.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*?")}$`).test(simulated ?? "");
}

/** Lists what a shape is made of: `usage.total_tokens number`. */
function pathsOf({ answer, events }: Answered): ReadonlySet<string> {
  const paths = new Set<string>();
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) for (const one of value) walk(one, `${path}[]`);
    else if (isJsonObject(value))
      for (const [name, one] of Object.entries(value)) walk(one, `${path}.${name}`);
    else paths.add(`${path} ${String(value)}`);
  };
  walk(answer ?? events ?? {}, "");
  return paths;
}
