import { Readable } from "node:stream";
import { type EditableBody, parseJson } from "@tokenflow/core/provider";
import type { RequestOutline } from "./request-outline.ts";

/** A request's body, as it goes to the upstream. */
export interface RequestBody extends EditableBody<RequestBody> {
  /** The outline that the proxy has read; `undefined` if the body is not a JSON object. */
  readonly outline: RequestOutline | undefined;
  /** Its `Content-Encoding`; `undefined` if it has none. */
  readonly encoding: string | undefined;
  readonly size: number;
  /** The size of what came, without its encoding. */
  readonly plainSize: number;
  /** Returns false if its bytes do not contain these; true also for a compressed body, which would have to be unpacked. */
  mayContain(bytes: Buffer): boolean;
  /** Returns it for one request. A large one can be released while the request is under way. */
  payload(): Buffer | Readable | null;
  /** Returns it with another model. No other byte changes, but it is no longer compressed. */
  withModel(id: string): RequestBody | Promise<RequestBody>;
  /** Frees its memory. It cannot be sent again. */
  release(): void;
}

export interface RequestBodyOptions {
  readonly outline: RequestOutline | undefined;
  readonly encoding: string | undefined;
  readonly pieces: readonly Buffer[];
  readonly plainSize: number;
  /** Returns the pieces without their encoding. */
  readonly unpack: (pieces: readonly Buffer[]) => Promise<readonly Buffer[]>;
  /** Counts the memory of a changed body. @throws RequestError 503 */
  readonly onGrow: (bytes: number) => void;
  /** Called once its memory is free. */
  readonly onRelease: () => void;
}

/** A client keeps a body that is given as one buffer until the answer has ended. A smaller one is not worth more. */
const SMALL = 16 * 1024;
/** A body with more values is not built. A conversation of a million tokens has fewer. */
const MAX_VALUES = 100_000;

export function createRequestBody({
  outline,
  encoding,
  pieces,
  plainSize,
  unpack,
  onGrow,
  onRelease,
}: RequestBodyOptions): RequestBody {
  let held = pieces;
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const isSmall = size <= SMALL;

  const changed = (plain: readonly Buffer[]): RequestBody =>
    createRequestBody({ outline, encoding: undefined, pieces: plain, plainSize, unpack, onGrow, onRelease });
  const replace = (plain: readonly Buffer[], id: string): RequestBody => {
    const { model } = outline ?? {};
    return changed(model ? splice(plain, model, Buffer.from(JSON.stringify(id))) : plain);
  };
  const readPlain = async (): Promise<Buffer> =>
    Buffer.concat(encoding === undefined ? held : await unpack(held));

  const body: RequestBody = {
    outline,
    encoding,
    size,
    plainSize,
    mayContain: (bytes) => encoding !== undefined || contains(held, bytes),
    payload() {
      if (size === 0) return null;
      const [first] = held;
      if (isSmall) return held.length === 1 && first ? first : Buffer.concat(held);
      return Readable.from(eachOf(held));
    },
    withModel(id) {
      const own = held;
      held = [];
      return encoding === undefined ? replace(own, id) : unpack(own).then((plain) => replace(plain, id));
    },
    // A changed body is no longer compressed.
    async edit(change) {
      if (!outline) return body;
      const plain = await readPlain();
      const bytes = change(plain);
      if (bytes === plain) return body;
      onGrow(bytes.length);
      return changed([Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)]);
    },
    // Builds it, for a refusal that names a member, unless that takes too much memory.
    async json() {
      if (!outline || outline.values > MAX_VALUES) return undefined;
      return parseJson((await readPlain()).toString().replace(/^\ufeff/, ""));
    },
    release() {
      held = [];
      onRelease();
    },
  };
  return body;
}

function contains(pieces: readonly Buffer[], bytes: Buffer): boolean {
  const [only] = pieces;
  if (only && pieces.length === 1) return only.includes(bytes);
  let before: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    if (piece.includes(bytes)) return true;
    const seam = Buffer.concat([before, piece.subarray(0, bytes.length - 1)]);
    if (before.length > 0 && seam.includes(bytes)) return true;
    before =
      piece.length < bytes.length ? seam.subarray(-(bytes.length - 1)) : piece.subarray(-(bytes.length - 1));
  }
  return false;
}

/** Keeps the pieces only until it has ended. */
function* eachOf(pieces: readonly Buffer[]): Generator<Buffer> {
  yield* pieces;
}

/** Replaces a range of bytes. */
function splice(
  pieces: readonly Buffer[],
  { start, end }: { readonly start: number; readonly end: number },
  replacement: Buffer,
): readonly Buffer[] {
  const result: Buffer[] = [];
  let before = 0;
  for (const piece of pieces) {
    const from = start - before;
    if (from > 0) result.push(piece.subarray(0, from));
    if (from >= 0 && from < piece.length) result.push(replacement);
    if (end - before < piece.length) result.push(piece.subarray(Math.max(end - before, 0)));
    before += piece.length;
  }
  return result;
}
