/** One column each: ASCII, and the dash of a cell without a value. */
const NARROW = /^[ -~–]*$/;

/** Formats columns as wide as their widest cell, two spaces apart, with nothing after the last one. */
export async function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<string> {
  const lines = [head, ...rows];
  const widthOf = await loadWidth(lines.flat());
  const widths = head.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ""))));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Counts a terminal's columns: a Chinese character takes two. Loading that takes as long as starting Node. */
async function loadWidth(cells: readonly string[]): Promise<(text: string) => number> {
  if (cells.every((cell) => NARROW.test(cell))) return (text) => text.length;
  return (await import("string-width")).default;
}

/** Formats a remaining time as `14:32` or `1:05:00`. Shows 0:00 for a negative time. */
export function formatCountdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
