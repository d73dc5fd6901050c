import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { build } from "tsup";

const REFERENCE =
  /<script type="module" src="\.\/([\w-]+\.ts)"><\/script>|<link rel="stylesheet" href="\.\/([\w-]+\.css)" \/>/g;

/**
 * Builds a page for browsers as one document without references: its module and style sheet, bundled, are inlined.
 * Writes it to `dist/<folder of the page>.html` and returns it.
 */
export async function buildPage(source: string): Promise<string> {
  const folder = dirname(source);
  const html = readFileSync(source, "utf8");
  const entries = [...html.matchAll(REFERENCE)].map(([, script, style]) => script ?? style ?? "");
  const outDir = mkdtempSync(join(tmpdir(), "tokenflow-page-"));
  try {
    const built = new Map<string, string>();
    for (const entry of entries) {
      await build({
        config: false,
        entry: { page: join(folder, entry) },
        outDir,
        clean: true,
        format: "esm",
        platform: "browser",
        target: "es2022",
        minify: true,
        splitting: false,
        dts: false,
        silent: true,
        noExternal: [/./],
      });
      const name = readdirSync(outDir).find((file) => /\.(?:m?js|css)$/.test(file)) ?? "";
      built.set(entry, readFileSync(join(outDir, name), "utf8").trim());
    }
    const page = html.replaceAll(REFERENCE, (_whole, script?: string, style?: string) =>
      script === undefined
        ? `<style>${built.get(style ?? "")}</style>`
        : `<script type="module">${built.get(script)}</script>`,
    );
    mkdirSync("dist", { recursive: true });
    writeFileSync(join("dist", `${basename(folder)}.html`), page);
    return page;
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}
