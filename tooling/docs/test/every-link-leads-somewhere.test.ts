import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readDocuments, root } from "../src/documents.ts";

/** What a heading is linked by, as GitHub makes it. */
function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("no link of a document leads to a file or a heading that is not there", () => {
  const broken = readDocuments().flatMap(({ path, text }) =>
    [...text.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/\]\((?!\w+:)([^)\s]*)\)/g)].flatMap(
      ([, target = ""]) => {
        const [file = "", anchor] = target.split("#");
        const place = file === "" ? path : join(dirname(path), file);
        if (!existsSync(join(root, place))) return [`${path}: ${target}`];
        if (anchor === undefined || !place.endsWith(".md")) return [];
        return anchors(readFileSync(join(root, place), "utf8")).includes(anchor)
          ? []
          : [`${path}: ${target}`];
      },
    ),
  );
  expect(broken).toEqual([]);
});
