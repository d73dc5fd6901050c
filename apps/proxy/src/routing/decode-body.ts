import { promisify } from "node:util";
import { brotliDecompress, constants, gunzip, inflate, type ZlibOptions, zstdDecompress } from "node:zlib";

type Decompress = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

/** A flush instead of a finish accepts a truncated body. */
const zlib: ZlibOptions = { finishFlush: constants.Z_SYNC_FLUSH };
const brotli = { finishFlush: constants.BROTLI_OPERATION_FLUSH };
const zstd = { finishFlush: constants.ZSTD_e_flush };

const DECOMPRESSORS: Readonly<Record<string, Decompress>> = {
  identity: async (bytes) => bytes,
  gzip: (bytes, options) => promisify(gunzip)(bytes, { ...zlib, ...options }),
  deflate: (bytes, options) => promisify(inflate)(bytes, { ...zlib, ...options }),
  br: (bytes, options) => promisify(brotliDecompress)(bytes, { ...brotli, ...options }),
  zstd: (bytes, options) => promisify(zstdDecompress)(bytes, { ...zstd, ...options }),
};

/** Decompresses a body. Returns `undefined` if it cannot be read, or if the result exceeds `limit` bytes. */
export async function decodeBody(
  bytes: Buffer,
  encoding: string | undefined,
  limit: number,
): Promise<Buffer | undefined> {
  const decompress = DECOMPRESSORS[(encoding ?? "identity").trim().toLowerCase()];
  try {
    return await decompress?.(bytes, { maxOutputLength: limit });
  } catch {
    return undefined;
  }
}
