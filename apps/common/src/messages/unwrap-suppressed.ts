/** `await using` throws a pair where closing failed too; what failed first is what the person asked about. */
export function firstCause(error: unknown): unknown {
  return error instanceof Error && error.name === "SuppressedError" && "suppressed" in error
    ? firstCause(error.suppressed)
    : error;
}
