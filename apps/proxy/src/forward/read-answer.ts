import type { IncomingHttpHeaders } from "node:http";
import type { Token } from "@tokenflow/core";
import type { AnswerHead, UpstreamAnswer } from "@tokenflow/core/provider";
import type { Unpacker } from "../body/unpack.ts";
import type { ResponseHead } from "./inspection.ts";

/** The most bytes that a compressed response is inflated to for inspection. */
const INSPECT_LIMIT = 1024 * 1024;

interface ReadAnswerOptions {
  readonly unpacker: Unpacker;
  readonly signal: AbortSignal;
}

/** Reads the beginning of an answer for the provider. A body that cannot be inflated counts as empty. */
export async function readAnswer(
  { status, headers, bytes }: ResponseHead,
  token: Token,
  { unpacker, signal }: ReadAnswerOptions,
): Promise<UpstreamAnswer> {
  const pieces: Buffer[] = [];
  const encoding = headers["content-encoding"] ?? "";
  const onPiece = (piece: Buffer): void => void pieces.push(piece);
  const result = await unpacker.unpack([bytes], { encoding, limit: INSPECT_LIMIT, signal, onPiece });
  const body = result === "whole" ? Buffer.concat(pieces).toString() : "";
  return { status, headers: toHeaders(headers), body, token };
}

/** The head of an answer, for a provider's repair. Most look at the status alone, so the headers are made when asked for. */
export class LazyHead implements AnswerHead {
  readonly status: number;
  readonly #headers: IncomingHttpHeaders;

  constructor(status: number, headers: IncomingHttpHeaders) {
    this.status = status;
    this.#headers = headers;
  }

  get headers(): Headers {
    return toHeaders(this.#headers);
  }
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) result.append(name, one);
  }
  return result;
}
