import { type EncryptionKind, hidePasswords, type SessionStoreContext } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import type { BridgeVariables } from "../clients/mcp-server.ts";

/** The secrets that open a store's sessions. */
const SECRETS: readonly string[] = [
  "TOKENFLOW_ENCRYPTION_KEY",
  "TOKENFLOW_PASSPHRASE",
  "TOKENFLOW_OLD_ENCRYPTION_KEYS",
  "TOKENFLOW_OLD_PASSPHRASE",
];

/** The secret that each kind of encryption cannot do without. */
const REQUIRED: Readonly<Partial<Record<EncryptionKind, string>>> = {
  env: "TOKENFLOW_ENCRYPTION_KEY",
  passphrase: "TOKENFLOW_PASSPHRASE",
};

/** Lead to the keychain on Linux. Each sign-in to the machine may have others. */
const KEYCHAIN: readonly string[] = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];

/** Returns the variables with which another process opens the same sessions. */
export function bridgeVariables(
  { env, store }: Pick<Context, "env" | "store">,
  { kind, config, folder }: Pick<SessionStoreContext, "kind" | "config" | "folder">,
): BridgeVariables {
  // A relative folder is another one elsewhere.
  const isElsewhere = Boolean(env["TOKENFLOW_HOME"] || env["XDG_CONFIG_HOME"]);
  const address = store ?? env["TOKENFLOW_STORE"];
  const hasPassword = Boolean(address) && hidePasswords(address ?? "") !== address;
  const usesKeychain = kind === "keychain" || config.encryption === "keychain";
  const required = config.encryption && REQUIRED[config.encryption];
  const named = [...SECRETS, ...(usesKeychain ? KEYCHAIN : [])].filter(
    (name) => env[name] || name === required,
  );
  return {
    values: {
      ...(isElsewhere ? { TOKENFLOW_HOME: folder() } : {}),
      ...(address && !hasPassword ? { TOKENFLOW_STORE: address } : {}),
    },
    references: [...(hasPassword ? ["TOKENFLOW_STORE"] : []), ...named],
  };
}
