import type { Token } from "@tokenflow/core";
import { isJsonObject } from "@tokenflow/core/provider";
import type { Models } from "./models.ts";
import { type Answered, ask, direct, type Live, outcome } from "./service.ts";

/**
 * Asks if an exchanged token opens the API with our own names, for the catalogue and for a model. Returns the answer
 * that refuses this editor, if one does.
 */
export async function askExchanged(live: Live, models: Models): Promise<Answered | undefined> {
  const { provider, recorder, token, tell } = live;
  recorder.ask("exchange with our names");
  const isRefused = ({ status, headers, text }: Answered): boolean =>
    provider.upstream.isTokenRejected({ status, headers, body: text, token });
  const catalogue = await ask(live, "/models", token);
  tell("exchange with our names: models", outcome(catalogue));
  if (isRefused(catalogue)) return catalogue;
  const answer = await askShortly(live, models, token);
  tell("exchange with our names: a model call", outcome(answer));
  return isRefused(answer) ? answer : undefined;
}

/** Asks which credentials open the API, by scheme, on the host that `/copilot_internal/user` names. */
export async function askDirect(live: Live, models: Models): Promise<void> {
  const { recorder, token, tell } = live;
  for (const [name, githubToken] of Object.entries(live.grants)) {
    recorder.ask(`direct mode with ${name}`);
    const endpoints = await readEndpoints(live, githubToken);
    let isCalled = false;
    for (const scheme of ["Bearer", "token"]) {
      const own = direct(githubToken, scheme, { ...token.details, endpoints });
      const answer = await ask(live, "/models", own).catch(() => undefined);
      const question = `direct mode with ${name}, ${scheme}`;
      tell(question, answer ? outcome(answer) : "not sent: the address is not Copilot's");
      if (answer?.status !== 200 || isCalled) continue;
      // One call is enough, if both schemes are good.
      isCalled = true;
      tell(`${question}: a model call`, outcome(await askShortly(live, models, own)));
    }
  }
}

function askShortly(live: Live, { chat }: Models, token: Token): Promise<Answered> {
  const messages = [{ role: "user", content: "Answer with the word yes." }];
  return ask(live, "/chat/completions", token, { body: { model: chat, messages } });
}

/** Reads the shape of the account, whose text is in the recording. */
async function readEndpoints(
  { githubApiUrl, recorder, provider, tell }: Live,
  githubToken: string,
): Promise<Readonly<Record<string, string>>> {
  const { "user-agent": userAgent = "" } = provider.upstream.headers({ path: "", headers: {} });
  const answer = await recorder.fetch(`${githubApiUrl}/copilot_internal/user`, {
    headers: { "user-agent": userAgent, accept: "application/json", authorization: `Bearer ${githubToken}` },
  });
  const json: unknown = await answer.json().catch(() => undefined);
  const members = isJsonObject(json) ? Object.keys(json).toSorted() : [];
  tell("members of /copilot_internal/user", `${answer.status}: ${members.join(" ")}`);
  const endpoints = isJsonObject(json) ? json["endpoints"] : undefined;
  const api = isJsonObject(endpoints) ? endpoints["api"] : undefined;
  return typeof api === "string" ? { api } : {};
}
