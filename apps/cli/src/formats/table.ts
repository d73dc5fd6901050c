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
