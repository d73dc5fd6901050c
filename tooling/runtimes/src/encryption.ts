import { createMemoryStore, createTokenManager, isTokenFlowError } from "@tokenflow/core";
import { createKeyEncryption, createPassphraseEncryption, type Encryption } from "@tokenflow/core/encryption";
import { ensure, ensureEqual, rejection } from "./ensure.ts";
import type { Checks, Scenario } from "./scenario.ts";
import { copilotOf, signIn } from "./sessions.ts";

async function checkEncryption(scenario: Scenario, right: Encryption, wrong: Encryption): Promise<void> {
  const provider = copilotOf(scenario);
  const store = createMemoryStore();
  await using writer = createTokenManager({ provider, store, encryption: right });
  await signIn(scenario, writer);
  const token = await writer.getToken();
  const stored: unknown = await store.get(`${provider.id}/default`);
  ensure(typeof stored === "string", "It is not there");
  ensure(!stored.includes("access_token") && !stored.includes(token.accessToken), "It is not encrypted");

  await using reader = createTokenManager({ provider, store: copyOf(stored), encryption: right });
  ensureEqual((await reader.getToken()).accessToken, token.accessToken, "token");
  await using stranger = createTokenManager({ provider, store: copyOf(stored), encryption: wrong });
  const error = await rejection(stranger.getToken());
  ensure(isTokenFlowError(error, "store.key_missing"), String(error));

  /** Another adapter with the same record, as another process has it. */
  function copyOf(value: string): ReturnType<typeof createMemoryStore> {
    const copy = createMemoryStore();
    void copy.set(`${provider.id}/default`, value);
    return copy;
  }
}

export const encryptionChecks: Checks = {
  "encryption: by a key": (scenario) =>
    checkEncryption(
      scenario,
      createKeyEncryption({ key: new Uint8Array(32).fill(1) }),
      createKeyEncryption({ key: new Uint8Array(32).fill(2) }),
    ),

  "encryption: by a passphrase": (scenario) =>
    checkEncryption(
      scenario,
      createPassphraseEncryption({ passphrase: "correct horse" }),
      createKeyEncryption({ key: new Uint8Array(32) }),
    ),
};
