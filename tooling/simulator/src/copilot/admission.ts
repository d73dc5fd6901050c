import { isGithubToken } from "../server/credentials.ts";
import type { ServiceRequest } from "../server/service.ts";
import type { Settings } from "../server/settings.ts";
import type { CopilotTokens } from "./copilot-tokens.ts";
import type { GithubTokens } from "./github-tokens.ts";

export interface AdmissionOptions {
  readonly settings: Settings;
  readonly tokens: CopilotTokens;
  readonly githubTokens: GithubTokens;
}

/** Who calls the API, or why nobody may: in the service's words. */
export type Admission =
  | { readonly login: string }
  | { readonly status: number; readonly outcome: string; readonly sentence: string };

/** Decides by the credential: a Copilot token, or in direct mode the GitHub token itself with the scheme that is wanted. */
export function admit(
  { credential }: Pick<ServiceRequest, "credential">,
  { settings, tokens, githubTokens }: AdmissionOptions,
): Admission {
  if (!credential) return { ...BADLY_FORMATTED, status: 401, outcome: "unauthorized" };
  const { scheme, token } = credential;
  if (settings.directTokens && isGithubToken(token))
    return admitDirect(scheme, token, settings, githubTokens);
  const login = scheme === "bearer" ? tokens.find(token) : undefined;
  if (login !== undefined) return { login };
  return tokens.knows(token)
    ? { status: 401, outcome: "token_expired", sentence: "unauthorized: token expired" }
    : UNAUTHORIZED;
}

const UNAUTHORIZED: Admission = {
  status: 401,
  outcome: "unauthorized",
  sentence: "unauthorized: unauthorized: AuthenticateToken authentication failed",
};
const BADLY_FORMATTED = {
  status: 400,
  outcome: "badly_formatted",
  sentence: "bad request: Authorization header is badly formatted",
};
const NO_PERSONAL_TOKENS: Admission = {
  status: 400,
  outcome: "personal_token",
  sentence:
    "checking third-party user token: bad request: Personal Access Tokens are not supported for this endpoint",
};

function admitDirect(
  scheme: string,
  token: string,
  { directScheme, plan }: Settings,
  githubTokens: GithubTokens,
): Admission {
  const wanted = directScheme ?? (plan === "business" ? "token" : "bearer");
  if (scheme !== wanted) return BADLY_FORMATTED;
  if (token.startsWith("github_pat_")) return NO_PERSONAL_TOKENS;
  const user = githubTokens.find(token);
  return user ? { login: user.login } : UNAUTHORIZED;
}
