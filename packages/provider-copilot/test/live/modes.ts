import { isJsonObject } from "@tokenflow/core/provider";
import { ask, direct, type Live, outcome } from "./service.ts";

/** Asks which credentials open the API, by scheme, on the host that `/copilot_internal/user` names. */
export async function askModes(live: Live): Promise<void> {
  const { recorder, token, tell } = live;
  recorder.ask("exchange with our names");
  tell("exchange with our names: models", outcome(await ask(live, "/models", token)));
  for (const [name, githubToken] of Object.entries(live.grants)) {
    recorder.ask(`direct mode with ${name}`);
    const endpoints = await readEndpoints(live, githubToken);
    for (const scheme of ["Bearer", "token"]) {
      const own = direct(githubToken, scheme, { ...token.details, endpoints });
      const answer = await ask(live, "/models", own).then(
        outcome,
        () => "not sent: the address is not Copilot's",
      );
      tell(`direct mode with ${name}, ${scheme}`, answer);
    }
  }
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
