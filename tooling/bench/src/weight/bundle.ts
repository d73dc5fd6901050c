import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export interface Bundle {
  /** Bytes, minified and compressed. */
  readonly gzip: number;
  readonly minified: number;
  /** The packages that ended up in it. */
  readonly packages: readonly string[];
}

export interface BundleOptions {
  /** What a program would write. */
  readonly code: string;
  /** Where it would stand, to find what it imports. @default this package's folder */
  readonly folder?: string | undefined;
  /** Packages that are left out. */
  readonly external?: readonly string[] | undefined;
}

const HERE = join(import.meta.dirname, "../..");

/** Bundles a program as a browser or a worker would get it: minified, without what it does not use. */
export async function bundle({ code, folder = HERE, external = [] }: BundleOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: folder, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    treeShaking: true,
    write: false,
    metafile: true,
    legalComments: "none",
    external: [...external],
    logLevel: "error",
  });
  const text = outputFiles[0]?.contents ?? new Uint8Array();
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? packageOf(path) : [])),
  );
  return {
    gzip: gzipSync(text, { level: 9 }).length,
    minified: text.length,
    packages: [...new Set(used)].toSorted(),
  };
}

function packageOf(path: string): string[] {
  const installed = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  const ours = /(?:packages|apps)\/([^/]+)\/(?:src|dist)\//.exec(path)?.[1];
  return installed === undefined ? (ours === undefined ? [] : [`@tokenflow/${ours}`]) : [installed];
}
