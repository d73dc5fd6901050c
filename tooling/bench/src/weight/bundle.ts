import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SOURCE_CONDITION } from "@tokenflow/build/entries";
import { build } from "esbuild";

export interface Bundle {
  /** Bytes, minified and compressed. */
  readonly gzip: number;
  readonly minified: number;
  /** The packages in it. */
  readonly packages: readonly string[];
  /** The bytes of each of our files, the largest first. With `sources`, named by the path in its package's `src`. */
  readonly modules: readonly Module[];
}

export interface Module {
  readonly name: string;
  /** Minified, not compressed. */
  readonly bytes: number;
}

export interface BundleOptions {
  readonly code: string;
  /** Packages that are left out. */
  readonly external?: readonly string[] | undefined;
  /** Reads our packages from their sources instead of `dist`. @default false */
  readonly sources?: boolean | undefined;
}

/** Matches one of our files: its package's folder, and its name. */
const OUR_FILE = /(?:packages|apps)\/([^/]+)\/(?:src|dist)\/(.+)$/;
const HERE = join(import.meta.dirname, "../..");

/** Bundles a program: minified, without what it does not use. */
export async function bundle({ code, external = [], sources = false }: BundleOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: HERE, loader: "ts" },
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
