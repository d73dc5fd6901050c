import { TokenFlowError } from "@tokenflow/core";
import type { Encryption } from "@tokenflow/core/encryption";
import type { EncryptionKind, Environment } from "../settings/config.ts";

/**
 * Opens the encryption of sessions, with a key from the given place. The keychain makes a key if it has none. Old keys of
 * the environment still decrypt.
 * @throws `store.key_missing` if the environment does not contain the key or passphrase
 */
export async function openEncryption(kind: EncryptionKind, env: Environment): Promise<Encryption> {
  const { createKeyEncryption, createPassphraseEncryption } = await import("@tokenflow/core/encryption");
  switch (kind) {
    case "keychain": {
      const { keychainKey } = await import("@tokenflow/store-keychain");
      return createKeyEncryption({ key: keychainKey() });
    }
    case "env": {
      const hint = "Set it to the key; a new one is made by: openssl rand -base64 32";
      const key = requireVariable("TOKENFLOW_ENCRYPTION_KEY", hint, env);
      return createKeyEncryption({ key, oldKeys: listOf(env["TOKENFLOW_OLD_ENCRYPTION_KEYS"]) });
    }
    case "passphrase": {
      const hint = "Set it to the passphrase that sessions are encrypted with.";
      const passphrase = requireVariable("TOKENFLOW_PASSPHRASE", hint, env);
      const old = env["TOKENFLOW_OLD_PASSPHRASE"];
      return createPassphraseEncryption({ passphrase, oldPassphrases: old ? [old] : [] });
    }
  }
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? "").split(/[\s,]+/).filter((part) => part !== "");
}

function requireVariable(name: string, hint: string, env: Environment): string {
  const value = env[name];
  if (value) return value;
  throw new TokenFlowError("store.key_missing", `Sessions are encrypted, and ${name} is not set`, { hint });
}
