import type { Clause } from "../scenarios/scenario.ts";
import type { DeviceAnswer, IssuerAnswer, IssuerClient } from "./issuer-client.ts";

/** One thing that a client may rely on. */
export interface Check {
  readonly id: string;
  readonly level: "MUST" | "SHOULD" | "BEYOND";
  readonly clause: Clause;
  /** Completes "The server …". */
  readonly title: string;
  /** Returns what was observed instead; `undefined` if all is right. Throws `NotOffered` if it cannot be tried. */
  run(client: IssuerClient): Promise<string | undefined>;
}

/** Says that the server does not offer what a check is about, or that the check was not given what it needs. */
export class NotOffered extends Error {}

export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.ceil(seconds * 1000) + 50));
}

export function errorOf({ status, json }: IssuerAnswer): string {
  const { error } = json;
  return typeof error === "string" ? `${status} ${error}` : `${status} without an error code`;
}

/** Returns what is wrong unless the answer is this error with status 400. */
export function unlessError(answer: IssuerAnswer, ...expected: readonly string[]): string | undefined {
  const { error } = answer.json;
  const isRight = typeof error === "string" && expected.includes(error) && answer.status === 400;
  return isRight ? undefined : `it answered ${errorOf(answer)}, not 400 ${expected.join(" or ")}`;
}

/** Signs in as a person who approves, and returns the token answer. */
export async function signIn(client: IssuerClient): Promise<[DeviceAnswer, IssuerAnswer]> {
  const { approve } = client.options;
  if (!approve) throw new NotOffered("give --approve, a command that approves USER_CODE");
  const code = await client.askForCode();
  await approve(code);
  for (let wait = code.interval, polls = 0; polls < 10; polls += 1) {
    await pause(wait);
    const answer = await client.poll(code);
    if (answer.json["error"] === "slow_down") wait += 5;
    else if (answer.json["error"] !== "authorization_pending") return [code, answer];
  }
  throw new Error("it answered authorization_pending ten times after the approval");
}

/** Signs in, and returns the refresh token. */
export async function signInForRefresh(client: IssuerClient): Promise<string> {
  const [, { json }] = await signIn(client);
  const { refresh_token: refreshToken } = json;
  if (typeof refreshToken !== "string")
    throw new NotOffered("the server issued no refresh token for this scope");
  return refreshToken;
}
