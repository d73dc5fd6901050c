import { createHash } from "node:crypto";
import type { HeaderList, JsonObject, Reply } from "@tokenflow/conformance/server";
import type { ModelCall } from "./model-call.ts";

const DIMENSIONS = 16;

interface EmbeddingsOptions {
  readonly headers?: HeaderList | undefined;
  /** Answers with numbers even if base64 was asked for, and without `object` and `model`. @default false */
  readonly bare?: boolean | undefined;
  /** The members of the answer that tell its cost. */
  readonly billed?: JsonObject | undefined;
}

/** Answers with OpenAI's embeddings: short vectors that depend on the text alone, as numbers or as base64. */
export function answerEmbeddings(
  { model, body, promptTokens }: ModelCall,
  reply: Reply,
  { headers, bare = false, billed }: EmbeddingsOptions,
): Promise<void> {
  const { input, dimensions, encoding_format: encoding } = body;
  const texts = Array.isArray(input) ? input : [input];
  const length = typeof dimensions === "number" ? dimensions : DIMENSIONS;
  return reply.json(
    200,
    {
      ...(bare ? {} : { object: "list", model }),
      data: texts.map((text, index) => {
        const vector = embed(JSON.stringify(text ?? ""), length);
        return {
          ...(bare ? {} : { object: "embedding" }),
          index,
          embedding:
            encoding === "base64" && !bare
              ? Buffer.from(Float32Array.from(vector).buffer).toString("base64")
              : vector,
        };
      }),
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
      ...billed,
    },
    headers,
  );
}

function embed(text: string, length: number): readonly number[] {
  const digest = createHash("sha256").update(text).digest();
  return Array.from({ length }, (_, index) => ((digest[index % digest.length] ?? 0) - 128) / 128);
}
