import { ai, aider, anthropic, goose, langchain, openai } from "./by-environment.ts";
import { claudeCode } from "./claude-code.ts";
import type { Client } from "./client.ts";
import { codex } from "./codex.ts";
import { cline, continueDev, crush, zed } from "./editors.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import { qwenCode } from "./qwen-code.ts";

/** The clients that `setup` and `exec` know, by the name that `setup` takes. */
export const CLIENTS: Readonly<Record<string, Client>> = {
  "claude-code": claudeCode,
  codex,
  opencode,
  aider,
  pi,
  "qwen-code": qwenCode,
  cline,
  continue: continueDev,
  crush,
  goose,
  zed,
  openai,
  anthropic,
  ai,
  langchain,
};

/** Programs that reach only their own services, or speak an API that the proxy does not serve. */
export const OTHER_PROGRAMS: Readonly<Record<string, string>> = {
  gemini: "Gemini CLI speaks an API that the proxy does not serve",
  copilot: "GitHub Copilot CLI reaches only its own service",
  "cursor-agent": "Cursor reaches only its own service",
  amp: "Amp reaches only its own service",
  droid: "Droid reads the address of a model from its settings alone",
};
