import { createMemoryStore, createTokenManager, isTokenFlowError } from "@tokenflow/core";
import { createKeyEncryption, createPassphraseEncryption, type Encryption } from "@tokenflow/core/encryption";
import { ensure, ensureEqual, rejection } from "./ensure.ts";
import type { Checks, Scene } from "./scene.ts";
import { copilotOf, signIn } from "./sessions.ts";

async function checkEncryption(scene: Scene, right: Encryption, wrong: Encryption): Promise<void> {
  const provider = copilotOf(scene);
  const store = createMemoryStore();
  await using writer = createTokenManager({ provider, store, encryption: right });
  await signIn(scene, writer);
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
  "encryption: by a key": (scene) =>
    checkEncryption(
      scene,
      createKeyEncryption({ key: new Uint8Array(32).fill(1) }),
      createKeyEncryption({ key: new Uint8Array(32).fill(2) }),
    ),

  "encryption: by a passphrase": (scene) =>
    checkEncryption(
      scene,
      createPassphraseEncryption({ passphrase: "correct horse" }),
      createKeyEncryption({ key: new Uint8Array(32) }),
    ),
};
