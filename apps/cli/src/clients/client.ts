import type { JsonObject, JsonValue } from "@tokenflow/core/provider";
import type { Api, ClientModel } from "./read-models.ts";

/** A running proxy, and the models that a client may use. */
export interface Target {
  readonly url: string;
  /** The key as a variable's value: itself for a program that we start, else its variable in a shell, or `unused`. */
  readonly key: string;
  /** The variable that contains the key, for settings that name it. Absent if the proxy requires none. */
  readonly keyVariable?: string | undefined;
  /** The models that the client can use, in the order of the catalogue. */
  readonly models: readonly ClientModel[];
  /** The model that the person chose; one of `models`. */
  readonly model?: ClientModel | undefined;
}

/** One change of a settings file: the value at the path is set, or removed, and everything else stays. */
export interface ValueEdit {
  readonly path: readonly string[];
  readonly value: JsonValue | undefined;
}

/** Items are added to a list. They replace those that are equal in the member `by`. */
export interface ListEdit {
  readonly path: readonly string[];
  readonly items: readonly JsonObject[];
  readonly by: string;
}

export type Edit = ValueEdit | ListEdit;

/** The value is set only if there is none at the path. */
export interface DefaultEdit {
  readonly path: readonly string[];
  readonly byDefault: JsonValue;
}

export type SettingsFile =
  | { readonly path: string; readonly format: "json"; readonly edits: readonly Edit[] }
  | { readonly path: string; readonly format: "yaml"; readonly edits: readonly (Edit | DefaultEdit)[] }
  | { readonly path: string; readonly format: "toml"; readonly edits: readonly ValueEdit[] };

/** How a client is made to use the proxy. */
export interface Settings {
  /** Variables that must not be set. */
  readonly unset?: readonly string[] | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** The words that start the client, or set it up. */
  readonly command?: readonly string[] | undefined;
  /** Lines to paste, for a client whose settings we do not write. */
  readonly text?: string | undefined;
  /** Files that contain the same settings. */
  readonly files?: readonly SettingsFile[] | undefined;
  /** Sentences that the person should read. */
  readonly notes?: readonly string[] | undefined;
}

/** The additions of `exec` to a client's start. */
export interface ExecSettings {
  /** Put before the client's own arguments, so that those count. */
  readonly args?: readonly string[] | undefined;
  /** Set in place of the person's own: with those it would go elsewhere. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Set, unless the person has set them. */
  readonly defaults?: Readonly<Record<string, string>> | undefined;
}

/** The folders in which a client's own files are. */
export interface Places {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export interface Client {
  /** The name that people know. */
  readonly title: string;
  /** The APIs that it speaks, the best one first. */
  readonly apis: readonly Api[];
  /** The names of its program, without endings such as `.exe`. */
  readonly programs?: readonly string[] | undefined;
  /** Its npm packages, which `npx` and paths name. */
  readonly packages?: readonly string[] | undefined;
  /** One line that says where the printed settings go. */
  readonly where: string;
  settings(target: Target, places: Places): Settings;
  /**
   * Returns what `exec` adds. `writeFile` writes a file that lives as long as the run and returns its path. Absent if
   * the variables that every program gets are enough.
   */
  exec?(
    target: Target,
    writeFile: (name: string, text: string) => Promise<string>,
    /** The person's own arguments, for a client that accepts no option twice. */
    given: readonly string[],
  ): ExecSettings | Promise<ExecSettings>;
  /** Why `exec` cannot make it use the proxy. */
  readonly elsewhere?: string | undefined;
}
