import type { BundleOptions } from "./bundle.ts";

export interface Program extends BundleOptions {
  readonly name: string;
}

/** Keyv's adapters are made of `hookified`. */
const HTTP_AND_STORE: readonly string[] = ["ky", "keyv", "hookified"];
const EVERYTHING = `import * as core from "@tokenflow/core"; console.log(core);`;

/** Programs that import parts of TokenFlow. */
export const OURS: Readonly<Record<"core" | "own" | "manager" | "flow" | "usual", Program>> = {
  core: { name: "all of core", code: EVERYTHING },
  own: { name: "all of core, without ky and keyv", code: EVERYTHING, external: HTTP_AND_STORE },
  manager: {
    name: "the manager alone, without ky and keyv",
    code: `import { createTokenManager } from "@tokenflow/core"; console.log(createTokenManager);`,
    external: HTTP_AND_STORE,
  },
  flow: {
    name: "the device flow alone",
    code: `import { pollForToken, requestDeviceCode } from "@tokenflow/core"; console.log(pollForToken, requestDeviceCode);`,
  },
  usual: {
    name: "the manager, Copilot, files",
    code: `import { clientOptions, createTokenManager } from "@tokenflow/core";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { createFileStore } from "@tokenflow/store-file";
console.log(clientOptions(createTokenManager({ provider: createCopilotProvider(), store: createFileStore() })));`,
    external: ["fs-native-extensions"],
  },
};
