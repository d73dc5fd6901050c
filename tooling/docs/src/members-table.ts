import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Dialect, MEMBERS, type Member } from "@tokenflow/dialects";
import { root } from "./documents.ts";

const README = "packages/dialects/README.md";
const PLACE = /(<!-- members -->\n)[^]*(<!-- \/members -->)/;

const NAMES: Readonly<Record<Dialect, string>> = {
  chat: "Chat Completions",
  responses: "Responses",
  messages: "Messages",
};

/** Returns the README of the dialects with the tables of their members, by its path. */
export function membersPage(): Readonly<Record<string, string>> {
  const text = readFileSync(join(root, README), "utf8");
  const tables = (Object.keys(NAMES) as readonly Dialect[]).map(tableOf).join("\n");
  return { [README]: text.replace(PLACE, (_, begin: string, end: string) => `${begin}\n${tables}\n${end}`) };
}

function tableOf(from: Dialect): string {
  const others = (Object.keys(NAMES) as readonly Dialect[]).filter((dialect) => dialect !== from);
  const rows = [...MEMBERS[from].values()].map((member) => [
    `\`${member.name}\``,
    ...others.map((dialect) => member.fates[dialect] ?? ""),
    noteOf(member),
  ]);
  return format([[`of ${NAMES[from]}`, ...others.map((dialect) => `to ${NAMES[dialect]}`), ""], ...rows]);
}

function noteOf({ note, harmless }: Member): string {
  if (harmless.length === 0) return note;
  const values = harmless.map((value) => `\`${JSON.stringify(value)}\``).join(" or ");
  return `${note}${note === "" ? "" : "; "}${values} says nothing`;
}

/** Writes a table as the formatter does. */
function format(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], fill: string): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |\n`;
  const [head = [], ...others] = rows;
  return [
    line(head, " "),
    line(
      head.map(() => ""),
      "-",
    ),
    ...others.map((row) => line(row, " ")),
  ].join("");
}
