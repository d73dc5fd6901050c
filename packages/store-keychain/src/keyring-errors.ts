import { TokenFlowError } from "@tokenflow/core";

/**
 * The module has one code for all failures, so its words decide: of the Secret Service, and of macOS
 * (errSecInteractionNotAllowed, errSecAuthFailed). They are looked at and never shown.
 */
const LOCKED = /unlock prompt|is locked|interaction is not allowed|passphrase you entered is not correct/i;
const NO_COLLECTION = /no result found/i;
const NO_BUS = /autolaunch|failed to connect to socket|DBUS_SESSION_BUS_ADDRESS/i;

/** A failed call of the native module, by what it said. */
export function keyringError(failure: string): TokenFlowError {
  if (LOCKED.test(failure)) return lockedKeychain();
  if (NO_COLLECTION.test(failure)) {
    return unavailable("has no collection to keep secrets in", "Create a default keyring, in Seahorse say.");
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
    `If it asks for a password, give it. ${RESTART}`,
  );
}

/** The thread did not start, or ended. */
export function noKeyringModule(): TokenFlowError {
  return unavailable(
    `cannot be used on this system (${process.platform} ${process.arch})`,
    "Install the build of @napi-rs/keyring for this system, or use the file store.",
  );
}

const RESTART = "Check that the keychain's service is there and runs (gnome-keyring or KWallet on Linux).";

function lockedKeychain(): TokenFlowError {
  return new TokenFlowError("store.locked", "The keychain is locked", {
    hint: "Unlock the keychain and try again.",
  });
}

function unavailable(what: string, hint: string): TokenFlowError {
  return new TokenFlowError("store.unavailable", `The keychain ${what}`, { hint });
}
