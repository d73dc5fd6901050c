import { TokenFlowError } from "@tokenflow/core";
import { asObject, asSecret, type Call } from "@tokenflow/core/provider";

/** Returns the platform's own token. It is called before each redemption. The call has the signal that ends it. */
export type PlatformToken = (call: Call) => Promise<string>;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the ID token of a GitHub Actions job with `permissions: id-token: write`.
 * https://docs.github.com/en/actions/reference/security/oidc
 * @param audience for whom it is; the service that trusts it names it
 */
export function actionsToken(env: Env, audience?: string): PlatformToken {
  return async ({ http, signal }) => {
    const address = env["ACTIONS_ID_TOKEN_REQUEST_URL"];
    const key = env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
    if (!address || !key || !URL.canParse(address)) {
      throw unreadable(
        "This job of GitHub Actions may not ask for an ID token",
        "Give it: permissions: id-token: write.",
      );
    }
    const url = new URL(address);
    if (audience !== undefined) url.searchParams.set("audience", audience);
    const headers = { authorization: `Bearer ${key}`, accept: "application/json" };
    const answer = await http({ method: "GET", url: url.href, headers, signal });
    const token = answer.status === 200 ? asSecret(asObject(answer.json)["value"]) : undefined;
    if (token !== undefined) return token;
    const isPassing = answer.status === 429 || answer.status >= 500;
    throw new TokenFlowError(
      isPassing ? "provider.unavailable" : "provider.misconfigured",
      `GitHub Actions answered ${answer.status} and no ID token`,
      { hint: "Check the job's permissions: id-token: write.", status: answer.status, grantUnused: true },
    );
  };
}

/** Reads a token from a variable, as GitLab's `id_tokens` sets it. The variable is read for each redemption. */
export function envToken(env: Env, variable: string): PlatformToken {
  return async () => {
    const token = env[variable]?.trim();
    if (token) return token;
    throw unreadable(`The variable ${variable} with the platform's token is not set`, "Set it for this job.");
  };
}

function unreadable(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint, grantUnused: true });
}
