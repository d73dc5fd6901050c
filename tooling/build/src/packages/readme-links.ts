import { posix } from "node:path";

/** `[text](target)` or `![text](target)`, without nested brackets. */
const LINK = /(!?)\[([^\]]*)\]\(([^)\s]+)\)/g;

/** Returns true for a link to a file that is not in the tarball. The project has no public address to link to. */
function isDead(target: string, packed: ReadonlySet<string>): boolean {
  if (/^(?:[a-z]+:|#)/i.test(target)) return false;
  const path = posix.normalize(target.split("#")[0] ?? "");
  return !packed.has(path) && ![...packed].some((file) => file.startsWith(`${path.replace(/\/$/, "")}/`));
}

/** Turns the links that lead out of the tarball into plain text. */
export function plainLinks(markdown: string, paths: readonly string[]): string {
  const packed = new Set(paths);
  return markdown.replaceAll(LINK, (link, _image: string, text: string, target: string) =>
    isDead(target, packed) ? text : link,
  );
}

/** Returns one sentence for each link that leads out of the tarball. */
export function deadLinks(markdown: string, paths: readonly string[]): readonly string[] {
  const packed = new Set(paths);
  return [...markdown.matchAll(LINK)]
    .map(([, , , target = ""]) => target)
    .filter((target) => isDead(target, packed))
    .map((target) => `has a link in README.md to ${target}, which is not packed`);
}
