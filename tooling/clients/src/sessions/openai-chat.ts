/** An agent of the openai package on Chat Completions: `node openai-chat.ts <prompt> <model>`, with streams. */
import OpenAI from "openai";
import { DESCRIPTION, type EditInput, editFile, PARAMETERS } from "./edit-file.ts";

const [, , prompt = "", model = ""] = process.argv;
const openai = new OpenAI();
const tools = [
  { type: "function", function: { name: "edit_file", description: DESCRIPTION, parameters: PARAMETERS } },
] as const;
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: "system", content: "Edit files as you are asked." },
  { role: "user", content: prompt },
];

for (;;) {
  const { choices } = await openai.chat.completions
    .stream({ model, messages, tools: [...tools] })
    .finalChatCompletion();
  const message = choices[0]?.message;
  if (!message) throw new Error("The answer has no message");
  messages.push(message);
  if (!message.tool_calls?.length) {
    process.stdout.write(`${message.content ?? ""}\n`);
    break;
  }
  for (const call of message.tool_calls) {
    if (call.type !== "function") throw new Error(`The model calls a tool of type ${call.type}`);
    const content = await editFile(JSON.parse(call.function.arguments) as EditInput);
    messages.push({ role: "tool", tool_call_id: call.id, content });
  }
}
