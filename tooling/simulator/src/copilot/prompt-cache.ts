/** The service's cache of prompts. */
export interface PromptCache {
  /** Returns how many characters of this prompt were in the cache, and puts it there. */
  read(key: PromptKey, prompt: string): number;
}

interface PromptKey {
  readonly login: string;
  readonly model: string;
  /** Of the header `X-Interaction-Id`. Without one, nothing is found. */
  readonly interactionId: unknown;
}

/** Creates a cache with a part for each interaction: a prompt is found where it begins like the last one there. */
export function createPromptCache(): PromptCache {
  const prompts = new Map<string, string>();
  return {
    read({ login, model, interactionId }, prompt) {
      if (typeof interactionId !== "string" || interactionId.trim() === "") return 0;
      const key = JSON.stringify([login, model, interactionId]);
      const last = prompts.get(key) ?? "";
      prompts.set(key, prompt);
      let same = 0;
      while (same < prompt.length && prompt[same] === last[same]) same += 1;
      return same;
    },
  };
}
