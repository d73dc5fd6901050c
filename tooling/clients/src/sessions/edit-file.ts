import { readFile, writeFile } from "node:fs/promises";

export const DESCRIPTION = "Replaces a text of a file once. Without a text before, it creates the file.";

/** The schema of the tool's input. */
export const PARAMETERS = {
  type: "object",
  properties: { path: { type: "string" }, before: { type: "string" }, after: { type: "string" } },
  required: ["path", "before", "after"],
  additionalProperties: false,
} as const;

export interface EditInput {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Carries out a call of the tool. Returns its result for the model. */
export async function editFile({ path, before, after }: EditInput): Promise<string> {
  if (before === "") {
    await writeFile(path, `${after}\n`);
    return `Created ${path}.`;
  }
  const text = await readFile(path, "utf8");
  if (text.split(before).length !== 2) return "Error: the text before is not in the file exactly once.";
  await writeFile(
    path,
    text.replace(before, () => after),
  );
  return `Edited ${path}.`;
}
