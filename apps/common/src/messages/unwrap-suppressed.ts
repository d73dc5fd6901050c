/** `await using` throws a pair where closing failed too; what failed first is what the person asked about. */
export function unwrapSuppressed(error: unknown): unknown {
  return error instanceof Error && error.name === "SuppressedError" && "suppressed" in error
    ? unwrapSuppressed(error.suppressed)
    : error;
}
