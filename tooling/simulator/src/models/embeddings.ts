import { createHash } from "node:crypto";
import type { HeaderList, Reply } from "../server/reply.ts";
import type { ModelCall } from "./model-call.ts";

const DIMENSIONS = 16;

/** Answers with OpenAI's embeddings: short vectors that depend on the text alone, as numbers or as base64. */
export function answerEmbeddings(
  { model, body, promptTokens }: ModelCall,
  reply: Reply,
  headers?: HeaderList,
): Promise<void> {
  const { input, dimensions, encoding_format: encoding } = body;
  const texts = Array.isArray(input) ? input : [input];
  const length = typeof dimensions === "number" ? dimensions : DIMENSIONS;
  return reply.json(
    200,
    {
      object: "list",
      data: texts.map((text, index) => {
        const vector = embed(JSON.stringify(text ?? ""), length);
        return {
          object: "embedding",
          index,
          embedding:
            encoding === "base64" ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : vector,
        };
      }),
      model,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    },
    headers,
  );
}

function embed(text: string, length: number): readonly number[] {
  const digest = createHash("sha256").update(text).digest();
  return Array.from({ length }, (_, index) => ((digest[index % digest.length] ?? 0) - 128) / 128);
}
