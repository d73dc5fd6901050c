import { readDocuments } from "../../src/documents.ts";

/** A block of TypeScript or JavaScript, as a program. */
export interface Example {
  /** `README.md:12` */
  readonly name: string;
  readonly code: string;
}

/**
 * The only blocks that lean on what was said around them, by the words that they begin with, and what that is.
 * Every other block is a whole program.
 */
const FRAGMENTS: Readonly<Record<string, string>> = {
  'import { KeyvSqlite } from "@keyv/sqlite"': `
    import { createTokenManager } from "@tokenflow/core";
    import { createCopilotProvider } from "@tokenflow/provider-copilot";`,
  "const encryption = createKeyEncryption({ key: keychainKey() })": `
    import { createTokenManager } from "@tokenflow/core";
    import { createKeyEncryption } from "@tokenflow/core/encryption";
    import { createCopilotProvider } from "@tokenflow/provider-copilot";
    import { createFileStore } from "@tokenflow/store-file";
    import { keychainKey } from "@tokenflow/store-keychain";
    const provider = createCopilotProvider();`,
  'import { findCopilotSignIns } from "@tokenflow/provider-copilot/import"': `
    import { homedir } from "node:os";
    import { importSession } from "@tokenflow/core";
    import { createCopilotProvider } from "@tokenflow/provider-copilot";
    import { createFileStore } from "@tokenflow/store-file";
    const [provider, store] = [createCopilotProvider(), createFileStore()];`,
};

const used = new Set<string>();

/** Every example of every document. */
export const examples: readonly Example[] = readDocuments().flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => language === "ts" || language === "js")
    .map(({ code, line }) => {
      const fragment = Object.keys(FRAGMENTS).find((beginning) => code.startsWith(beginning));
      if (fragment !== undefined) used.add(fragment);
      const prelude = (fragment && FRAGMENTS[fragment]) ?? "";
      return { name: `${path}:${line}`, code: `${prelude}${prelude && "\n"}${code}` };
    }),
);

/** Fragments that no document has any more. */
export const forgotten: readonly string[] = Object.keys(FRAGMENTS).filter((fragment) => !used.has(fragment));
