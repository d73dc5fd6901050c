import { join } from "node:path";
import { type JsonObject, omitUndefined } from "@tokenflow/core/provider";
import { apiOf } from "./choose-model.ts";
import type { Client, Edit, Settings, Target } from "./client.ts";
import type { Api } from "./read-models.ts";

const APIS: readonly Api[] = ["chat", "messages"];
const KEY = "TOKENFLOW_PROXY_KEY";

/** Stops usage statistics and the look for updates. */
const PRIVACY: readonly Edit[] = [
  { path: ["privacy", "usageStatisticsEnabled"], value: false },
  { path: ["general", "enableAutoUpdate"], value: false },
];

/** https://qwenlm.github.io/qwen-code-docs/en/users/configuration/model-providers: the key is always a variable. */
export const qwenCode: Client = {
  title: "Qwen Code",
  apis: APIS,
  programs: ["qwen"],
  packages: ["@qwen-code/qwen-code"],
  where: "# In your shell; tokenflow setup qwen-code --write also stops its usage statistics",
  settings(target, { env, home }): Settings {
    const main = target.model ?? target.models[0];
    const isMessages = main !== undefined && apiOf(main, APIS) === "messages";
    const variables = isMessages
      ? { ANTHROPIC_BASE_URL: target.url, ANTHROPIC_API_KEY: target.key }
      : { OPENAI_BASE_URL: `${target.url}/v1`, OPENAI_API_KEY: target.key };
    const type = isMessages ? "anthropic" : "openai";
    return {
      variables,
      command: ["qwen", "--auth-type", type, ...(main === undefined ? [] : ["--model", main.id])],
      files: [
        {
          path: join(env["QWEN_HOME"] || join(home, ".qwen"), "settings.json"),
          format: "json",
          edits: [
            ...providerEdits(target),
            ...(target.keyVariable === undefined ? [{ path: ["env", KEY], value: target.key }] : []),
            { path: ["security", "auth", "selectedType"], value: type },
            ...(main === undefined ? [] : [{ path: ["model", "name"], value: main.id }]),
            ...PRIVACY,
          ],
        },
      ],
    };
  },
  async exec(target, writeFile, given) {
    const main = target.model ?? target.models.find((model) => apiOf(model, APIS) === "chat");
    const defaults = { privacy: { usageStatisticsEnabled: false }, general: { enableAutoUpdate: false } };
    return {
      // It crashes on an option that it gets twice.
      args: [
        ...(isGiven(given, ["--auth-type"]) ? [] : ["--auth-type", "openai"]),
        ...(main === undefined || isGiven(given, ["--model", "-m"]) ? [] : ["--model", main.id]),
      ],
      defaults: {
        QWEN_CODE_SYSTEM_DEFAULTS_PATH: await writeFile("tokenflow-qwen.json", JSON.stringify(defaults)),
      },
    };
  },
};

function providerEdits(target: Target): readonly Edit[] {
  const { models, url, keyVariable = KEY } = target;
  return (["chat", "messages"] as const).flatMap((api): readonly Edit[] => {
    const items = models
      .filter((model) => apiOf(model, APIS) === api)
      .map(({ id, maxInput, contextWindow, maxOutput }): JsonObject => {
        const window = maxInput ?? contextWindow;
        return {
          id,
          baseUrl: api === "chat" ? `${url}/v1` : url,
          envKey: keyVariable,
          generationConfig: omitUndefined({
            contextWindowSize: window,
            samplingParams: maxOutput === undefined ? undefined : { max_tokens: maxOutput },
          }),
        };
      });
    const path = ["modelProviders", api === "chat" ? "openai" : "anthropic"];
    return items.length === 0 ? [] : [{ path, items, by: "baseUrl" }];
  });
}

function isGiven(given: readonly string[], names: readonly string[]): boolean {
  return given.some((word) => names.some((name) => word === name || word.startsWith(`${name}=`)));
}
