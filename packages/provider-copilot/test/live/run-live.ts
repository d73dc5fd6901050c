import type { Token } from "@tokenflow/core";
import { createHttp, systemClock, version } from "@tokenflow/core/provider";
import {
  type CopilotProviderOptions,
  copilotTokenDetails,
  createCopilotGrant,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { createRecorder, type Finding, type Recorder, type Recording } from "@tokenflow/simulator";
import { askClaudeCode } from "./claude-code.ts";
import { askCache, askEmbeddings, askResponses, chooseModels, type Models } from "./models.ts";
import { askDirect, askExchanged } from "./modes.ts";
import type { Live } from "./service.ts";
import { redeem } from "./sign-in.ts";

export interface LiveOptions {
  readonly provider: CopilotProviderOptions;
  /** The address of GitHub's REST API. */
  readonly githubApiUrl: string;
  /** The GitHub token of the default app, whose sign-in this is. */
  readonly githubToken: string;
  /** A token of an app of one's own, if there is one. */
  readonly ownToken?: string | undefined;
  readonly isSimulated: boolean;
  readonly print: (line: string) => void;
}

/**
 * Asks the service everything that we do not know about it, prints a table, and returns what was seen, without
 * secrets. It costs about 25 short model calls and four of 8,000 tokens. If the service refuses the person, only that
 * is told.
 */
export async function runLive(options: LiveOptions): Promise<Recording> {
  const { githubApiUrl, githubToken, ownToken, isSimulated, print } = options;
  const findings: Finding[] = [];
  // Only these services are asked: GitHub, and the API wherever a token or an account says that it is.
  const recorder = createRecorder({
    serviceOf: ({ origin }) => (origin === new URL(githubApiUrl).origin ? "github-api" : "copilot"),
  });
  const tell = (question: string, said: string): void => {
    const answer = recorder.clean(said);
    findings.push({ question, answer });
    print(`${question.padEnd(56)} ${answer}`);
  };
  const grants = {
    "the default app's token": githubToken,
    ...(ownToken ? { "an own app's token": ownToken } : {}),
  };
  for (const one of Object.values(grants)) await learnNames(one, githubApiUrl, recorder);

  await askAll({ ...options, grants, recorder, tell });
  return {
    version: 1,
    day: new Date().toISOString().slice(0, 10),
    isSimulated,
    // A name may have been learned after it was told.
    findings: findings.map(({ question, answer }) => ({ question, answer: recorder.clean(answer) })),
    exchanges: recorder.exchanges(),
  };
}

async function askAll({
  provider: providerOptions,
  githubToken,
  ...shared
}: LiveOptions & Pick<Live, "grants" | "recorder" | "tell">): Promise<void> {
  const { recorder, tell } = shared;
  const provider = createCopilotProvider({ ...providerOptions, mode: "auto" });
  const call = { http: createHttp({ fetch: recorder.fetch }), clock: systemClock };
  const modelsOf = async (token: Token): Promise<Models> =>
    chooseModels((await provider.upstream.models?.(token, call).catch(() => [])) ?? []);

  recorder.ask("exchange with our names");
  const redeemOptions = { provider, call, recorder, tell };
  const first = await redeem(createCopilotGrant(githubToken), redeemOptions);
  if (!first) return;
  let live: Live = { ...shared, provider, token: first.token };
  let models = await modelsOf(first.token);
  if (copilotTokenDetails(first.token).mode === "exchange") {
    const refusal = await askExchanged(live, models);
    if (refusal) {
      // The API does not know this editor, so the other questions are asked in direct mode.
      const { status, headers, text: body } = refusal;
      const rejection = { status, headers, body, token: first.token };
      const second = await redeem(first.grant, { ...redeemOptions, call: { ...call, rejection } });
      if (!second) return;
      live = { ...live, token: second.token };
      models = await modelsOf(second.token);
    }
  }
  tell("mode of the questions below", String(copilotTokenDetails(live.token).mode));
  tell("models asked", Object.values(models).join(" "));
  await askDirect(live, models);
  await askCache(live, models);
  await askResponses(live, models);
  await askClaudeCode(live, models);
  await askEmbeddings(live, models);
}

/** Asks GitHub for the names of a person, which must not be recorded. This request is not recorded either. */
async function learnNames(githubToken: string, githubApiUrl: string, { learn }: Recorder): Promise<void> {
  const answer = await fetch(`${githubApiUrl}/user`, {
    headers: { "user-agent": `TokenFlow/${version}`, authorization: `Bearer ${githubToken}` },
  });
  learn(await answer.json().catch(() => undefined));
}
