import { join } from "node:path";
import type { JsonObject } from "@tokenflow/core/provider";
import { apiOf } from "./choose-model.ts";
import type { Client, Settings, Target } from "./client.ts";
import type { Api, ClientModel } from "./read-models.ts";

const APIS: readonly Api[] = ["chat", "messages", "responses"];

/** Two providers, since the Messages API has another base URL. */
const OPENAI = "tokenflow";
const MESSAGES = "tokenflow-messages";

/** Stops the look for updates and the report of an installation. */
const PRIVACY: Readonly<Record<string, string>> = { PI_OFFLINE: "1", PI_TELEMETRY: "0" };

/** docs/models.md and docs/custom-provider.md of pi's package: a key that is the name of a variable means its value. */
export const pi: Client = {
  title: "pi",
  apis: APIS,
  programs: ["pi"],
  packages: ["@mariozechner/pi-coding-agent", "@earendil-works/pi-coding-agent"],
  where: "// ~/.pi/agent/models.json",
  settings(target, { env, home }): Settings {
    const providers = piProviders(target);
    const folder = env["PI_CODING_AGENT_DIR"] || join(home, ".pi/agent");
    const main = target.model ?? target.models[0];
    return {
      text: JSON.stringify({ providers }, undefined, 2),
      files: [
        {
          path: join(folder, "models.json"),
          format: "json",
          edits: Object.entries(providers).map(([id, value]) => ({ path: ["providers", id], value })),
        },
        {
          path: join(folder, "settings.json"),
          format: "json",
          edits: [
            ...(main === undefined
              ? []
              : [
                  { path: ["defaultProvider"], value: providerOf(main) },
                  { path: ["defaultModel"], value: main.id },
                ]),
            { path: ["enableInstallTelemetry"], value: false },
          ],
        },
      ],
      notes: [
        ...(main === undefined ? [] : [`Then: pi --model ${nameOf(main)}`]),
        "Set PI_OFFLINE=1 in your shell, to stop the look for updates.",
      ],
    };
  },
  async exec(target, writeFile) {
    const main = target.model ?? target.models[0];
    const { url, keyVariable } = target;
    // pi's own providers are led to the proxy, too: a person's --provider or --model may name them.
    const overrides = {
      openai: { baseUrl: `${url}/v1`, apiKey: keyVariable },
      anthropic: { baseUrl: url, apiKey: keyVariable },
    };
    const all = JSON.stringify({ ...overrides, ...piProviders(target) });
    const path = await writeFile(
      "tokenflow-pi.mjs",
      `export default (pi) => {\n  for (const [id, provider] of Object.entries(${all})) pi.registerProvider(id, provider);\n};\n`,
    );
    return {
      args: ["-e", path, ...(main === undefined ? [] : ["--model", nameOf(main)])],
      defaults: PRIVACY,
    };
  },
};

function piProviders({ models, url, keyVariable }: Target): Readonly<Record<string, JsonObject>> {
  const apiKey = keyVariable ?? "unused";
  const openai = models.filter((model) => providerOf(model) === OPENAI);
  const messages = models.filter((model) => providerOf(model) === MESSAGES);
  return {
    ...(openai.length === 0
      ? {}
      : {
          [OPENAI]: { baseUrl: `${url}/v1`, apiKey, api: "openai-completions", models: openai.map(entryOf) },
        }),
    ...(messages.length === 0
      ? {}
      : { [MESSAGES]: { baseUrl: url, apiKey, api: "anthropic-messages", models: messages.map(entryOf) } }),
  };
}

function entryOf(model: ClientModel): JsonObject {
  const { id, vision, reasoning = false } = model;
  const contextWindow = model.maxInput ?? model.contextWindow;
  return {
    id,
    reasoning,
    input: vision ? ["text", "image"] : ["text"],
    ...(apiOf(model, APIS) === "responses" ? { api: "openai-responses" } : {}),
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(model.maxOutput === undefined ? {} : { maxTokens: model.maxOutput }),
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  };
}

function providerOf(model: ClientModel): string {
  return apiOf(model, APIS) === "messages" ? MESSAGES : OPENAI;
}

function nameOf(model: ClientModel): string {
  return `${providerOf(model)}/${model.id}`;
}
