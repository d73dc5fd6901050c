import type { Clock, Upstream } from "@tokenflow/core";
import { asObject, asString } from "@tokenflow/core/provider";
import { createChunkRepair } from "../wire/chat-chunks.ts";
import { createResponsesRepair } from "../wire/responses-events.ts";
import { messagesErrorRepair } from "../wire/stream-errors.ts";
import { repairChat, repairEmbeddings } from "../wire/whole-answers.ts";

/** Repairs what differs from the APIs that the service speaks; everything else passes byte for byte. */
export function createAnswerRepair(clock: Pick<Clock, "now">): NonNullable<Upstream["repairAnswer"]> {
  return ({ path, json }) => {
    if (path === "/responses")
      return ({ status }) => (status === 200 ? { event: createResponsesRepair() } : undefined);
    // The path below the address, not the one that callers of a proxy use.
    if (path === "/v1/messages") return ({ status }) => (status === 200 ? messagesErrorRepair : undefined);
    if (path === "/chat/completions") {
      return ({ status }) =>
        status === 200
          ? { ...createChunkRepair(() => clock.now()), body: (text) => repairChat(text, clock.now()) }
          : undefined;
    }
    if (path !== "/embeddings") return undefined;
    const { model, encoding_format: encoding } = asObject(json?.());
    const request = { model: asString(model), wantsBase64: encoding === "base64" };
    return ({ status }) => (status === 200 ? { body: (text) => repairEmbeddings(text, request) } : undefined);
  };
}
