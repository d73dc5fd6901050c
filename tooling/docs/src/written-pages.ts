import { readWorkspace } from "@tokenflow/build/workspace";
import { apiReports } from "./api-report.ts";
import { root } from "./documents.ts";
import { errorsPage } from "./errors-page.ts";
import { membersPage } from "./members-table.ts";
import { programReport } from "./program-report.ts";

/** Returns the pages that are written from the code, by path. The packages must have been built. */
export function writtenPages(): Readonly<Record<string, string>> {
  const libraries = readWorkspace(root).filter(
    ({ manifest }) => manifest.private !== true && manifest.exports !== undefined,
  );
  const reports = new Map(
    Object.entries(apiReports(libraries)).map(([folder, report]) => [
      `api/${folder.slice(folder.indexOf("/") + 1)}.md`,
      report,
    ]),
  );
  return {
    ...Object.fromEntries(reports),
    ...membersPage(),
    "api/programs.md": programReport(),
    "docs/troubleshooting.md": errorsPage(),
  };
}
