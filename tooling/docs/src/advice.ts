import type { ErrorCode } from "@tokenflow/core";

/** What to do about each code, for the page of them. A new code does not compile until somebody has an answer. */
export const ADVICE: Readonly<Record<ErrorCode, string>> = {
  "device.denied": "Sign in again, and approve the code on the page. Deny a code that you did not ask for.",
  "device.expired": "Sign in again. The code and its address were good until the moment shown beside them.",
  "device.unknown": "Sign in again; the old code is of no use.",
  "session.signed_out":
    "`tokenflow login`, or `manager.signIn()`. If you are signed in elsewhere: the same store, folder and account? `tokenflow status` says where it looked.",
  "session.revoked":
    "`tokenflow login`. The service no longer takes the grant: it was revoked there, the password changed, or another program used a single-use grant of the same sign-in.",
  "provider.unavailable":
    "Wait; it is tried again by itself, and a token that lives is served meanwhile. If only TokenFlow fails: [certificates and proxies](guides/corporate-proxy.md).",
  "provider.rate_limited": "Nothing is broken: wait. Every process that shares the session waits with you.",
  "provider.no_entitlement":
    "The message has the service's own word and link. Is it the right account? `tokenflow status` shows who is signed in.",
  "provider.client_not_allowed":
    "Sign in again with a client id that the service lets do this; for Copilot that is the default one, or direct mode.",
  "provider.forbidden":
    "Nothing here can mend it: look at the account and the organization's rules, with the link in the message.",
  "provider.malformed":
    "Often a proxy or a Wi-Fi sign-in page answers in the service's place: open the address in a browser. Else the service has changed: update.",
  "provider.misconfigured": "Mend the setting that the message names. Trying again changes nothing.",
  "token.rejected":
    "Look at the clock of this machine, then at the plan; signing in again helps only if the account changed.",
  "store.unavailable":
    "Nobody was signed out. Bring the store back: start the Redis, unlock the disk, log in to the desktop whose keychain it is.",
  "store.locked":
    "The hint names who holds it: let that finish, go on or end. A locked keychain wants its password.",
  "store.corrupt":
    "Sign in again: the old record is set aside, not overwritten. If it comes back, something else writes there.",
  "store.key_missing":
    "The session is whole, only its key is not here: set `TOKENFLOW_ENCRYPTION_KEY`, give the passphrase, or unlock the keychain that has it.",
  "store.newer": "Update TokenFlow here; the session is good.",
  "store.insecure":
    "Run the command that the hint gives. If others could really have read the file, sign out with `--revoke` and in again.",
};
