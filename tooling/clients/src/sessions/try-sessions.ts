import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { install } from "../scene/install.ts";
import { lastLine, openScene, type Scene } from "../scene/scene.ts";
import { EDITED, EDITS, FILE, scriptOf } from "./edits.ts";
import { SESSION_CLIENTS, SESSION_MODELS, type SessionClient, type SessionModel } from "./session-clients.ts";

/** A client with a model, and `✓` or what went wrong. */
export interface SessionRow {
  readonly name: string;
  readonly kind: string;
  /** The API that the model was asked by. */
  readonly asked: string;
  readonly result: string;
}

const PROMPT = `Write the ten lines into ${FILE}, one after another`;

/** Lets each chosen client hold a session with each model. Only Claude Code and Codex are tried on Hyper. */
export async function trySessions(isChosen: (name: string) => boolean): Promise<readonly SessionRow[]> {
  const rows: SessionRow[] = [];
  for (const client of SESSION_CLIENTS.filter(({ name }) => isChosen(name))) {
    await using scene = await openScene(client.agent ? install(client.agent) : "");
    scene.simulator.settings.opusAndHaiku = true;
    scene.simulator.settings.grok = true;
    await scene.signIn("hyper");
    for (const model of SESSION_MODELS.filter(({ kind }) => kind !== "Hyper" || client.agent))
      rows.push(await trySession(scene, client, model));
  }
  return rows;
}

async function trySession(scene: Scene, client: SessionClient, model: SessionModel): Promise<SessionRow> {
  const { simulator } = scene;
  const folder = await scene.home();
  simulator.settings.script = scriptOf((edit) => client.edit(edit, folder));
  const from = simulator.journal.length;
  const command = client.command(PROMPT, model.id);
  const { exit, output } = await scene.tokenflow(["exec", model.provider, "--", ...command], folder).ended;
  const calls = simulator.journal
    .slice(from)
    .filter(({ status, body = "" }) => status === 200 && body.includes(PROMPT));
  const asked = [...new Set(calls.map(({ kind }) => kind))].join(", ");
  const text = await readFile(join(folder, FILE), "utf8").catch(() => "");
  const row = { name: client.name, kind: model.kind, asked };
  if (exit !== 0) return { ...row, result: `exit ${exit}: ${lastLine(output)}` };
  if (text !== EDITED)
    return { ...row, result: `the file differs, with ${text.split("\n").length - 1} lines` };
  if (!output.includes("simulator's model")) return { ...row, result: `no answer: ${lastLine(output)}` };
  if (calls.length <= EDITS) return { ...row, result: `only ${calls.length} calls` };
  if (!model.served.some((one) => one === asked)) return { ...row, result: `asked by ${asked}` };
  return { ...row, result: "✓" };
}
