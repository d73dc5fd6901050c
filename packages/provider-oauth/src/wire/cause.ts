import type { ErrorCode } from "@tokenflow/core";
import { asObject, asString, type HttpAnswer, readServiceError } from "@tokenflow/core/provider";

/** Why a service refuses, if its own sentence or number names a reason that a person can act on. */
export interface Cause {
  /** The code of a sign-in that ends so. */
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** Signing in again changes nothing: the client must be registered in another way. */
  readonly isPermanent?: true;
}

const KEY_BOUND: Cause = {
  code: "provider.misconfigured",
  message: "This client's tokens are bound to a key (DPoP), which TokenFlow does not support",
  hint: "Register the client without DPoP.",
  isPermanent: true,
};

/** The cause for a token that is no bearer token (RFC 6750). */
export function otherType(type: string): Cause {
  if (/^dpop$/i.test(type)) return KEY_BOUND;
  return {
    code: "provider.misconfigured",
    message: `This client's tokens are of the type "${type}", which TokenFlow does not support`,
    hint: "Register the client for bearer tokens.",
    isPermanent: true,
  };
}

const NO_PROOF: Cause = {
  code: "provider.misconfigured",
  message: "The server requires PKCE for this client",
  hint: "Set `pkce`.",
  isPermanent: true,
};

const CAUSES: readonly (readonly [sign: RegExp, cause: Cause])[] = [
  [/\bdpop\b|_dpop_/i, KEY_BOUND],
  [/code_challenge|code_verifier|\bpkce\b/i, NO_PROOF],
  [
    /AADSTS7000218\b/,
    {
      code: "provider.misconfigured",
      message: "The app registration is not a public client",
      hint: "Allow public client flows in the app registration, or set `clientSecret`.",
      isPermanent: true,
    },
  ],
  [
    /AADSTS700025\b/,
    {
      code: "provider.misconfigured",
      message: "The app registration is a public client, which must not send a secret",
      hint: "Remove `clientSecret`.",
      isPermanent: true,
    },
  ],
  [
    /AADSTS530\d{2,3}\b|conditional access/i,
    {
      code: "provider.forbidden",
      message: "A Conditional Access policy of the organization blocks this sign-in",
      hint: "Ask its administrators: the policy may not allow the device flow, or only managed devices.",
    },
  ],
  [
    /AADSTS(?:65001|65004|9009[45])\b|\bconsent_required\b/,
    {
      code: "provider.forbidden",
      message: "This app has no consent for what it asks",
      hint: "Ask an administrator to consent to the app, or ask for less with `scope`.",
    },
  ],
  [
    /AADSTS(?:50072|50074|50076|50079|50158)\b/,
    {
      code: "provider.forbidden",
      message: "The organization requires another factor for this sign-in (MFA)",
      hint: "Sign in again with the other factor.",
    },
  ],
];

/** Signs stand at the beginning of a sentence; a long one would only cost time. */
const MAX_TEXT = 4_000;

/**
 * Finds the cause that an error names in its code, its sub-code or its sentence.
 * @param hadProof the sign-in had PKCE, so that a server that speaks of it does not miss it
 */
export function findCause(answer: HttpAnswer, hadProof = false): Cause | undefined {
  const { code, description = "", meaning } = readServiceError(answer);
  if (meaning === "pending" || meaning === "slow_down" || meaning === "busy") return undefined;
  if (code === undefined) return undefined;
  const text = [code, asString(asObject(answer.json)["suberror"]), description].join(" ").slice(0, MAX_TEXT);
  return CAUSES.find(([sign, cause]) => sign.test(text) && !(hadProof && cause === NO_PROOF))?.[1];
}
