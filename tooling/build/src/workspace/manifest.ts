import { readFileSync } from "node:fs";
import { join } from "node:path";

type Versions = Readonly<Record<string, string>>;
/** What `import "@tokenflow/x/sub"` leads to, by subpath and condition. */
export type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** What a `package.json` here says, as far as the build and its checks read it. */
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
  /** How `tokenflow-build` builds it, where that differs from a library for Node. */
  readonly tokenflow?: {
    /** `neutral` for what must also run in Workers. @default "node" */
    readonly platform?: "node" | "neutral";
    /** Whether the dependencies are inlined, all but those in `external`. @default false */
    readonly bundle?: boolean;
    /** Packages that cannot be inlined: natives. Each stands in `dependencies` too. */
    readonly external?: readonly string[];
    /** Sources that keep a file of their own in `dist`, so that a bundler can leave out what only they import. */
    readonly separateChunks?: readonly string[];
    /** A page for browsers, as HTML: what it refers to is built into it; see `buildPage`. */
    readonly page?: string;
    /** The source of a worker thread, which is built into the package as text; see `buildWorker`. */
    readonly worker?: string;
  };
}

/** Reads the `package.json` of `folder`. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
