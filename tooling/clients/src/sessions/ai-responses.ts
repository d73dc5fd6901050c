/** An agent of the `ai` package on Responses: `node ai-responses.ts <prompt> <model>`, with streams. */
import { createOpenAI } from "@ai-sdk/openai";
import { jsonSchema, stepCountIs, streamText, tool } from "ai";
import { DESCRIPTION, type EditInput, editFile, PARAMETERS } from "./edit-file.ts";

const [, , prompt = "", model = ""] = process.argv;
const baseURL = process.env["OPENAI_BASE_URL"] ?? "";
const openai = createOpenAI({ baseURL });
const { text } = streamText({
  model: openai.responses(model),
  instructions: "Edit files as you are asked.",
  prompt,
  // Translation is stateless, so that the package must send what it would refer to.
  providerOptions: { openai: { store: false } },
  stopWhen: stepCountIs(20),
  tools: {
    edit_file: tool({
      description: DESCRIPTION,
      inputSchema: jsonSchema<EditInput>({ ...PARAMETERS, required: [...PARAMETERS.required] }),
      execute: editFile,
    }),
  },
  onError({ error }) {
    throw error;
  },
});
process.stdout.write(`${await text}\n`);
