import type { ErrorCode } from "@tokenflow/core";

/** Advice for each error code. A new code does not compile until it has one. */
export const ADVICE: Readonly<Record<ErrorCode, string>> = {
  "device.denied": "Sign in again, and approve the code on the page. Deny a code that you did not ask for.",
  "device.expired": "Sign in again. The code was valid until the time shown beside it.",
  "device.unknown": "Sign in again. The old code cannot be used any more.",
  "session.signed_out":
    "`tokenflow login`, or `manager.signIn()`. If you are signed in elsewhere, check that store, folder and account are the same. `tokenflow status` prints them.",
  "session.revoked":
    "`tokenflow login`. The service no longer accepts the grant: it was revoked, the password changed, or another program used a single-use grant of the same sign-in.",
  "provider.unavailable":
    "Wait. TokenFlow tries again by itself and serves a live token meanwhile. If only TokenFlow fails, see [certificates and proxies](guides/corporate-proxy.md).",
  "provider.rate_limited": "Wait. Every process that shares the session waits too.",
  "provider.no_entitlement":
    "The message has the service's own word and link. Check the account: `tokenflow status` shows who is signed in.",
  "provider.client_not_allowed":
    "Sign in again with a client id that the service accepts. For Copilot, use the default one or direct mode.",
  "provider.forbidden":
    "Check the account and the organization's rules, with the link in the message. TokenFlow cannot fix this.",
  "provider.malformed":
    "Often a proxy or a Wi-Fi sign-in page answers instead of the service: open the address in a browser. Otherwise the service has changed: update TokenFlow.",
  "provider.misconfigured": "Fix the setting that the message names. Trying again changes nothing.",
  "token.rejected":
    "Check this machine's clock, then the plan. Signing in again helps only if the account changed.",
  "manager.closed": "Create a new manager, or close this one when nothing needs it any more.",
  "store.unavailable":
    "Nobody was signed out. Make the store available: start Redis, unlock the disk, or log in to the desktop session of the keychain.",
  "store.locked":
    "The hint names the holder: let it finish, continue it, or end it. Unlock a locked keychain with its password.",
  "store.corrupt":
    "Sign in again. The old record is renamed, not overwritten. If the error returns, another program writes there.",
  "store.key_missing":
    "The session is intact, but its key is missing: set `TOKENFLOW_ENCRYPTION_KEY`, give the passphrase, or unlock the keychain that has the key.",
  "store.newer": "Update TokenFlow on this machine. The session is good.",
  "store.insecure":
    "Run the command that the hint gives. If others could have read the file, sign out with `--revoke` and sign in again.",
};
