import { TokenFlowError } from "@tokenflow/core";

/**
 * The module has one code for all failures, so the texts decide: those of the Secret Service, and of macOS
 * (errSecInteractionNotAllowed, errSecAuthFailed). They are never shown.
 */
const LOCKED = /unlock prompt|is locked|interaction is not allowed|passphrase you entered is not correct/i;
const NO_COLLECTION = /no result found/i;
const NO_BUS = /autolaunch|failed to connect to socket|DBUS_SESSION_BUS_ADDRESS/i;

/** Makes the error for a failed call of the native module from its text. */
export function keyringError(failure: string): TokenFlowError {
  if (LOCKED.test(failure)) return lockedKeychain();
  if (NO_COLLECTION.test(failure)) {
    return unavailable("has no collection for secrets", "Create a default keyring, for example in Seahorse.");
  }
  if (NO_BUS.test(failure)) {
    return unavailable(
      "cannot be reached: there is no D-Bus session",
      "Run in a desktop session or under dbus-run-session with gnome-keyring, or use the file store.",
    );
  }
  return unavailable("failed", RESTART);
}

/** @param timeout in milliseconds */
export function hungKeychain(timeout: number): TokenFlowError {
  return unavailable(
    `did not answer within ${timeout / 1000} s`,
    `If it asks for a password, enter it. ${RESTART}`,
  );
}

/** Makes the error for a thread that did not start, or ended. */
export function noKeyringModule(): TokenFlowError {
  return unavailable(
    `cannot be used on this system (${process.platform} ${process.arch})`,
    "Install the build of @napi-rs/keyring for this system, or use the file store.",
  );
}

const RESTART =
  "Check that the keychain's service is installed and running (on Linux: gnome-keyring or KWallet).";

function lockedKeychain(): TokenFlowError {
  return new TokenFlowError("store.locked", "The keychain is locked", {
    hint: "Unlock the keychain and try again.",
  });
}

function unavailable(what: string, hint: string): TokenFlowError {
  return new TokenFlowError("store.unavailable", `The keychain ${what}`, { hint });
}
