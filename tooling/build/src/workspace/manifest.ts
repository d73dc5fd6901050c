import { readFileSync } from "node:fs";
import { join } from "node:path";

type Versions = Readonly<Record<string, string>>;
/** The targets of `import "@tokenflow/x/sub"`, by subpath and condition. */
export type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** The part of a `package.json` that the build and its checks read. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean | readonly string[];
  readonly engines?: Versions;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Exports;
  readonly publishConfig?: { readonly access?: string; readonly exports?: Exports };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly optionalDependencies?: Versions;
  /** Options of `tokenflow-build`, if the package is not a library for Node. */
  readonly tokenflow?: {
    /** `neutral` for code that also runs in Workers. @default "node" */
    readonly platform?: "node" | "neutral";
    /** Inlines all dependencies except those in `external`. @default false */
    readonly bundle?: boolean;
    /** Native packages, which cannot be inlined. Each is also in `dependencies`. */
    readonly external?: readonly string[];
    /** An HTML page whose script and style sheet are inlined; see `buildPage`. */
    readonly page?: string;
    /** The source of a worker thread, which is built into the package as text; see `buildWorker`. */
    readonly worker?: string;
  };
}

/** Reads the `package.json` of `folder`. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
