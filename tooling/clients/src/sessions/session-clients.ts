import { join } from "node:path";
import type { ScriptedCall } from "@tokenflow/simulator";
import { AGENTS, type Agent, type ModelKind } from "../scene/agents.ts";
import { type Edit, FILE } from "./edits.ts";

/** A client that edits a file in one session of many tool turns. */
export interface SessionClient {
  readonly name: string;
  /** An agent to install. The SDKs are dependencies of this workspace. */
  readonly agent?: Agent | undefined;
  /** The API that it speaks. */
  readonly speaks: "chat" | "responses" | "messages";
  /** Returns its command line. */
  command(prompt: string, model: string): readonly string[];
  /** Returns a call of its own tool for an edit of the file in its folder. */
  edit(edit: Edit, folder: string): ScriptedCall;
}

/** A model that is served at one path alone. */
export interface SessionModel {
  readonly kind: ModelKind | "Hyper";
  readonly provider: "copilot" | "hyper";
  readonly id: string;
  /** The paths that serve it. */
  readonly served: readonly SessionClient["speaks"][];
}

export const SESSION_MODELS: readonly SessionModel[] = [
  { kind: "Claude", provider: "copilot", id: "claude-opus-4.7", served: ["messages"] },
  { kind: "chat", provider: "copilot", id: "grok-code-fast-1", served: ["chat"] },
  { kind: "Responses-only", provider: "copilot", id: "gpt-5-codex", served: ["responses"] },
  { kind: "Hyper", provider: "hyper", id: "kimi-k2.5", served: ["chat", "messages"] },
];

function agentOf(name: string): Agent | undefined {
  return AGENTS.find((agent) => agent.name === name);
}

function script(file: string): string {
  return join(import.meta.dirname, file);
}

/** The function tool of the scripts that use an SDK. */
function editFile({ before, after }: Edit): ScriptedCall {
  return { tool: "edit_file", input: { path: FILE, before, after } };
}

export const SESSION_CLIENTS: readonly SessionClient[] = [
  {
    name: "claude-code",
    agent: agentOf("claude-code"),
    speaks: "messages",
    command: (prompt, model) => [
      ...["claude", "--model", model],
      ...["--permission-mode", "acceptEdits", "-p", prompt],
    ],
    edit({ before, after }, folder) {
      const path = { file_path: join(folder, FILE) };
      return before === ""
        ? { tool: "Write", input: { ...path, content: `${after}\n` } }
        : { tool: "Edit", input: { ...path, old_string: before, new_string: after } };
    },
  },
  {
    name: "codex",
    agent: agentOf("codex"),
    speaks: "responses",
    // Its sandbox needs rights that a container may not have. The commands are those of the script below.
    command: (prompt, model) => [
      ...["codex", "exec", "--skip-git-repo-check"],
      ...["--dangerously-bypass-approvals-and-sandbox", "-m", model, prompt],
    ],
    edit({ before, after }) {
      const added = after.slice(before === "" ? 0 : before.length + 1);
      const change =
        before === ""
          ? [`*** Add File: ${FILE}`, `+${added}`]
          : [`*** Update File: ${FILE}`, "@@", ` ${before}`, `+${added}`];
      const patch = ["*** Begin Patch", ...change, "*** End Patch"].join("\n");
      return { tool: "exec_command", input: { cmd: `apply_patch <<'PATCH'\n${patch}\nPATCH` } };
    },
  },
  {
    name: "openai SDK, chat",
    speaks: "chat",
    command: (prompt, model) => [process.execPath, script("openai-chat.ts"), prompt, model],
    edit: editFile,
  },
  {
    name: "ai SDK, Responses",
    speaks: "responses",
    command: (prompt, model) => [process.execPath, script("ai-responses.ts"), prompt, model],
    edit: editFile,
  },
];
