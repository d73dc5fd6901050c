import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SOURCE_CONDITION } from "@tokenflow/build/entries";
import { build } from "esbuild";

export interface Bundle {
  /** Bytes, minified and compressed. */
  readonly gzip: number;
  readonly minified: number;
  /** The packages that ended up in it. */
  readonly packages: readonly string[];
  /** What each file of ours brought to it, the largest first; by its name in its package's `src` where `sources` says so. */
  readonly modules: readonly Module[];
}

export interface Module {
  readonly name: string;
  /** Minified, not compressed. */
  readonly bytes: number;
}

export interface BundleOptions {
  /** What a program would write. */
  readonly code: string;
  /** Where it would stand, to find what it imports. @default this package's folder */
  readonly folder?: string | undefined;
  /** Packages that are left out. */
  readonly external?: readonly string[] | undefined;
  /** Takes our packages as they are written instead of as they are built. @default false */
  readonly sources?: boolean | undefined;
}

/** A file of ours: its package's folder, and its name. */
const OUR_FILE = /(?:packages|apps)\/([^/]+)\/(?:src|dist)\/(.+)$/;
const HERE = join(import.meta.dirname, "../..");

/** Bundles a program as a browser or a worker would get it: minified, without what it does not use. */
export async function bundle({
  code,
  folder = HERE,
  external = [],
  sources = false,
}: BundleOptions): Promise<Bundle> {
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
    conditions: sources ? [SOURCE_CONDITION] : [],
    logLevel: "error",
  });
  const text = outputFiles[0]?.contents ?? new Uint8Array();
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput: bytes }]) =>
      bytes > 0 ? [{ path, bytes }] : [],
    ),
  );
  return {
    gzip: gzipSync(text, { level: 9 }).length,
    minified: text.length,
    packages: [...new Set(used.flatMap(({ path }) => packageOf(path)))].toSorted(),
    modules: used
      .flatMap(({ path, bytes }) => {
        const name = OUR_FILE.exec(path)?.[2];
        return name === undefined ? [] : [{ name, bytes }];
      })
      .toSorted((one, other) => other.bytes - one.bytes),
  };
}

function packageOf(path: string): string[] {
  const installed = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  const ours = OUR_FILE.exec(path)?.[1];
  return installed === undefined ? (ours === undefined ? [] : [`@tokenflow/${ours}`]) : [installed];
}
