import { writeHtml } from "./html.ts";
import { writeJunit } from "./junit.ts";
import { writeMarkdown } from "./markdown.ts";
import type { Summary } from "./summary.ts";
import { writeText } from "./text.ts";

export type Format = "text" | "html" | "json" | "junit" | "md";

/** The formats of reports, by their names on the command line. */
export const FORMATS: Readonly<Record<Format, (summary: Summary) => string>> = {
  text: writeText,
  html: writeHtml,
  json: (summary) => `${JSON.stringify(summary, undefined, 2)}\n`,
  junit: writeJunit,
  md: writeMarkdown,
};
