import { Token } from "@tokenflow/core";
import { createHttp, systemClock, version } from "@tokenflow/core/provider";
import {
  type CopilotProviderOptions,
  createCopilotGrant,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { createRecorder, type Finding, type Recorder, type Recording } from "@tokenflow/simulator";
import { askClaudeCode } from "./claude-code.ts";
import { askCache, askEmbeddings, askResponses, chooseModels } from "./models.ts";
import { askModes } from "./modes.ts";
import type { Live } from "./service.ts";

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
 * secrets. It costs about 25 short model calls and four of 8,000 tokens.
 */
export async function runLive(options: LiveOptions): Promise<Recording> {
  const { githubApiUrl, githubToken, ownToken, print } = options;
  const findings: Finding[] = [];
  const provider = createCopilotProvider({ ...options.provider, mode: "exchange" });
  const addresses = { api: "" };
  const recorder = createRecorder({
    serviceOf: ({ origin }) =>
      origin === new URL(githubApiUrl).origin
        ? "github-api"
        : origin === addresses.api
          ? "copilot"
          : undefined,
  });
  const call = { http: createHttp({ fetch: recorder.fetch }), clock: systemClock };
  const tell = (question: string, said: string): void => {
    const answer = recorder.clean(said);
    findings.push({ question, answer });
    print(`${question.padEnd(48)} ${answer}`);
  };
  const grants = {
    "the default app's token": githubToken,
    ...(ownToken ? { "an own app's token": ownToken } : {}),
  };
  for (const one of Object.values(grants)) await learnNames(one, githubApiUrl, recorder);

  recorder.ask("exchange with our names");
  const grant = createCopilotGrant(githubToken);
  const redeemed = await provider.redeem(grant, call).catch((error: unknown) => {
    tell("exchange with our names", error instanceof Error ? error.message : "failed");
    return undefined;
  });
  // Without an exchanged token the questions are asked in direct mode.
  const direct = createCopilotProvider({ ...options.provider, mode: "direct" });
  const { token: own } = redeemed?.token ? redeemed : await direct.redeem(grant, call);
  if (!own) throw new Error("There is no token");
  const issuedAt = Date.now();
  const token = new Token({ ...own, issuedAt });
  const asked = redeemed?.token ? provider : direct;
  addresses.api = new URL(asked.upstream.address(token)).origin;
  if (redeemed?.token) tell("exchange with our names", "200");
  const live: Live = { provider: asked, githubApiUrl, recorder, grants, token, tell };

  await askModes(live);
  const models = chooseModels((await asked.upstream.models?.(token, call)) ?? []);
  tell("models asked", Object.values(models).join(" "));
  await askCache(live, models);
  await askResponses(live, models);
  await askClaudeCode(live, models);
  await askEmbeddings(live, models);
  const day = new Date().toISOString().slice(0, 10);
  return {
    version: 1,
    day,
    isSimulated: options.isSimulated,
    // A name may have been learned after it was told.
    findings: findings.map(({ question, answer }) => ({ question, answer: recorder.clean(answer) })),
    exchanges: recorder.exchanges(),
  };
}

/** Asks GitHub for the names of a person, which must not be recorded. This request is not recorded either. */
async function learnNames(githubToken: string, githubApiUrl: string, { learn }: Recorder): Promise<void> {
  const answer = await fetch(`${githubApiUrl}/user`, {
    headers: { "user-agent": `TokenFlow/${version}`, authorization: `Bearer ${githubToken}` },
  });
  learn(await answer.json().catch(() => undefined));
}
