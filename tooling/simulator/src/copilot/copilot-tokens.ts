import type { Settings } from "../server/settings.ts";

export interface CopilotTokens {
  add(token: string, login: string): void;
  /** Returns the login of a live token. */
  find(token: string): string | undefined;
  /** Returns true for a token that was issued, even if it has expired. */
  knows(token: string): boolean;
  expire(): void;
}

/** Keeps the tokens that the Copilot API accepts. They end by themselves, even if the consent is revoked. */
export function createCopilotTokens(settings: Settings): CopilotTokens {
  const issued = new Map<string, { readonly login: string; endsAt: number }>();
  return {
    add(token, login) {
      issued.set(token, { login, endsAt: performance.now() + settings.tokenLifetime * 1000 });
    },
    find(token) {
      const found = issued.get(token);
      return found && performance.now() < found.endsAt ? found.login : undefined;
    },
    knows: (token) => issued.has(token),
    expire() {
      for (const token of issued.values()) token.endsAt = 0;
    },
  };
}
