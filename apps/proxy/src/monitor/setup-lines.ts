/** How to connect one client to the proxy. */
export interface SetupLine {
  readonly client: string;
  /** The text to copy. It contains the variable of the key, never the key. */
  readonly text: string;
}

/** A model for each API that a client of the lines speaks. Without one the line has `<model>`. */
export interface SetupModels {
  readonly chat?: string | undefined;
  readonly responses?: string | undefined;
}

/**
 * Returns one setup line for each common client.
 * @param url the URL that `listen()` returned
 * @param key what to show in place of the key, `$TOKENFLOW_PROXY_KEY`; absent if the proxy has no key
 * @param models models that this session may use
 */
export function setupLines(
  url: string,
  key?: string,
  { chat = "<model>", responses = "<model>" }: SetupModels = {},
): readonly SetupLine[] {
  const base = `${url}/v1`;
  const word = key ?? "unused";
  const header = key === undefined ? "" : ` -H "Authorization: Bearer ${key}"`;
  const [, socket] = /^unix:(.+)$/.exec(url) ?? [];
  // Few clients can open a socket.
  if (socket !== undefined) {
    return [{ client: "curl", text: `curl --unix-socket ${socket} http://localhost/v1/models${header}` }];
  }
  return [
    { client: "curl", text: `curl ${base}/models${header}` },
    { client: "SDKs", text: `OPENAI_BASE_URL=${base} OPENAI_API_KEY=${word}` },
    { client: "claude", text: `ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${word} claude` },
    {
      client: "codex",
      text: `OPENAI_API_KEY=${word} codex -m ${responses} -c model_provider=tokenflow -c 'model_providers.tokenflow={name="TokenFlow",base_url="${base}",wire_api="responses",env_key="OPENAI_API_KEY"}'`,
    },
    { client: "aider", text: `OPENAI_API_BASE=${base} OPENAI_API_KEY=${word} aider --model openai/${chat}` },
    { client: "others", text: `any client of Chat Completions: base URL ${base}, API key ${word}` },
  ];
}
