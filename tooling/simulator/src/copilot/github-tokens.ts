import { letters } from "@tokenflow/conformance/server";
import type { Settings } from "../server/settings.ts";

/** One consent on GitHub. */
export interface UserToken {
  readonly login: string;
  readonly clientId: string;
  /** Separated by commas, as in GitHub's answers. Empty for a GitHub App. */
  readonly scope: string;
  readonly deviceCode: string;
  accessToken: string;
  refreshToken: string | undefined;
  /** Monotonic. `undefined` if it does not end. */
  endsAt: number | undefined;
}

export interface GithubTokens {
  mint(consent: Pick<UserToken, "login" | "clientId" | "scope" | "deviceCode">): UserToken;
  /** Returns the live token with this text. */
  find(accessToken: string): UserToken | undefined;
  /** Renews both tokens. The old ones end at once. */
  refresh(refreshToken: string): UserToken | undefined;
  /** Revokes the tokens that the filter selects. Returns their number. */
  revoke(filter: (token: UserToken) => boolean): number;
  /** Ends the access tokens that can expire. Their refresh tokens stay. */
  expire(): void;
}

/** GitHub's tokens of apps and of Actions hold the app's id and a JWT, whose dots end a word. */
function stateless(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `15368_${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: "github" })}.${letters(86)}`;
}

export function createGithubTokens(settings: Settings): GithubTokens {
  const living = new Set<UserToken>();
  const renew = (token: UserToken): UserToken => {
    const prefix = settings.githubApps[token.clientId]?.prefix ?? "ghu";
    token.accessToken = `${prefix}_${prefix === "ghs" ? stateless() : letters(36)}`;
    token.refreshToken = settings.githubExpiring ? `ghr_${letters(76)}` : undefined;
    token.endsAt = settings.githubExpiring
      ? performance.now() + settings.githubTokenLifetime * 1000
      : undefined;
    return token;
  };
  return {
    mint(consent) {
      const token = renew({ ...consent, accessToken: "", refreshToken: undefined, endsAt: undefined });
      living.add(token);
      return token;
    },
    find: (accessToken) =>
      [...living].find(
        (token) => token.accessToken === accessToken && performance.now() < (token.endsAt ?? Infinity),
      ),
    refresh(refreshToken) {
      const token = [...living].find((candidate) => candidate.refreshToken === refreshToken);
      return token && renew(token);
    },
    revoke(filter) {
      const revoked = [...living].filter(filter);
      for (const token of revoked) living.delete(token);
      return revoked.length;
    },
    expire() {
      for (const token of living) if (token.endsAt !== undefined) token.endsAt = 0;
    },
  };
}
