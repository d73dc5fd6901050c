import type { IncomingMessage, ServerResponse } from "node:http";
import { RequestError } from "../answers/request-error.ts";
import { RequestBody } from "./request-body.ts";

/**
 * The whole body. One over the limit is refused at once and read on into the void, so that a
 * caller who is still sending gets to see the answer. Who asked first whether to send it (`Expect`) is told here,
 * and so not before everything else about the request was found good.
 * @throws RequestError 413, or the connection's error when the caller leaves
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
): Promise<RequestBody> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const refuse = (): void => {
      parts.length = 0;
      reject(new RequestError("request.too_large", `A request may have ${limit} bytes.`));
    };
    if (Number(request.headers["content-length"] ?? 0) > limit) refuse();
    else if (/^100-continue$/i.test(request.headers.expect ?? "")) response.writeContinue();
    request.on("data", (part: Buffer) => {
      size += part.length;
      if (size > limit) refuse();
      else parts.push(part);
    });
    request.on("end", () => {
      const bytes = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
      const encoding = request.headers["content-encoding"];
      resolve(encoding === undefined ? new RequestBody(bytes) : RequestBody.decode(bytes, encoding, limit));
    });
    request.on("error", reject);
  });
}
