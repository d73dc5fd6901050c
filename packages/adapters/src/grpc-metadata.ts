import type { TokenSource } from "./bearer-token.ts";

/** The part of `Metadata` of `@grpc/grpc-js`. */
interface GrpcMetadata {
  set(name: string, value: string): void;
}

/**
 * Returns the generator for `credentials.createFromMetadataGenerator` of `@grpc/grpc-js`. gRPC sends it over TLS only.
 * @param metadata the class `Metadata`, which this package does not load itself
 * @example
 * const call = credentials.createFromMetadataGenerator(grpcMetadata(manager, Metadata));
 */
export function grpcMetadata<Metadata extends GrpcMetadata>(
  manager: TokenSource,
  metadata: new () => Metadata,
): (options: unknown, callback: (error: Error | null, metadata?: Metadata) => void) => void {
  const answer = async (callback: (error: Error | null, metadata?: Metadata) => void): Promise<void> => {
    const headers = new metadata();
    try {
      const token = await manager.getToken();
      headers.set("authorization", token.authorization);
    } catch (error) {
      callback(error instanceof Error ? error : new Error("There is no token"));
      return;
    }
    callback(null, headers);
  };
  return (_options, callback) => void answer(callback);
}
