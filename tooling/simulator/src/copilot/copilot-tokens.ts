import type { Settings } from "../server/settings.ts";

export interface CopilotTokens {
  add(token: string, login: string): void;
  /** Whose living token this is. */
  find(token: string): string | undefined;
  /** Tells an expired token from one that was never given out. */
  knows(token: string): boolean;
  expire(): void;
}

/** The tokens that the Copilot API takes. They end by themselves, whatever becomes of the consent. */
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
