import { type ErrorCode, TokenFlowError, type TokenFlowErrorOptions } from "@tokenflow/core";
import { asMessage, type HttpAnswer, isTransientStatus } from "@tokenflow/core/provider";
import { copilotSecretPatterns } from "../service/secrets.ts";
import { type Failure, readFailure, readRateReset } from "../wire/failure.ts";

const SETTINGS = "https://github.com/settings/copilot";
const SUPPORT = "https://support.github.com";
const MAX_RETRY_AFTER = 3_600_000;
const NOT_OFFICIAL =
  "GitHub refuses this client. TokenFlow is not an official client and does not work around the refusal.";

/** The error code of each of Copilot's notices, and what a person can do. The set is open. */
const NOTICES: Readonly<Record<string, readonly [code: ErrorCode, advice: string]>> = {
  no_copilot_access: ["provider.no_entitlement", "This account has no Copilot plan."],
  not_signed_up: ["provider.no_entitlement", "This account has not signed up for Copilot."],
  subscription_ended: ["provider.no_entitlement", "The account's Copilot subscription has ended."],
  access_revoked: ["provider.no_entitlement", "Copilot was withdrawn from this account."],
  enterprise_managed_user_account: [
    "provider.no_entitlement",
    "An enterprise manages this account; its administrators assign Copilot seats.",
  ],
  expired_coupon: ["provider.no_entitlement", "The account's coupon for Copilot has expired."],
  revoked_coupon: ["provider.no_entitlement", "The account's coupon for Copilot was revoked."],
  billing_locked: ["provider.forbidden", "The account's billing is locked."],
  snippy_not_configured: [
    "provider.forbidden",
    "First choose how Copilot treats suggestions that match public code.",
  ],
  spammy_user: ["provider.forbidden", `The account is restricted; ask ${SUPPORT}`],
  feature_flag_blocked: ["provider.forbidden", `The account is restricted; ask ${SUPPORT}`],
  go_http_client: ["provider.client_not_allowed", NOT_OFFICIAL],
  programmatic_token_generation: ["provider.client_not_allowed", NOT_OFFICIAL],
};

const RATE_LIMIT = /^API rate limit exceeded|secondary rate limit|abuse detection/i;
const BAD_CREDENTIAL = /bad credentials|token (?:has |is |was )?(?:expired|revoked|invalid)/i;

/**
 * Makes the error for an answer of GitHub without what was asked for, such as the token of an exchange. The shape of
 * the body decides first, the status second: a 403 may mean a missing plan, a rate limit, or a blocked account.
 * @param now the time against which a rate limit's reset is read if the response has no `Date`
 * @param wanted what the answer lacks, in words
 */
export function exchangeError(answer: HttpAnswer, now: number, wanted = "a Copilot token"): TokenFlowError {
  const { status } = answer;
  const failure = readFailure(answer);
  const sentence =
    failure.sentence === undefined ? "" : `: ${asMessage(failure.sentence, copilotSecretPatterns)}`;
  const fail = (
    code: TokenFlowError["code"],
    message: string,
    options: TokenFlowErrorOptions,
  ): TokenFlowError => new TokenFlowError(code, message, { status, ...options });

  const retryAfter = rateLimited(answer, failure, now);
  if (retryAfter !== undefined) {
    return fail("provider.rate_limited", `GitHub asks to wait${sentence}`, {
      retryAfter: retryAfter ?? undefined,
      grantUnused: true,
      hint: "Wait, then try again.",
    });
  }
  if (failure.shape === "notice" && status < 500) return noticeError(answer, failure, sentence);
  if (isTransientStatus(status)) {
    return fail("provider.unavailable", `GitHub answered ${status}`, {
      retryAfter: answer.retryAfter,
      grantUnused: status === 503 && answer.retryAfter !== undefined ? true : undefined,
      hint: "GitHub has a problem. Try again later. See: https://www.githubstatus.com",
    });
  }
  if (status === 400 && /editor-version/i.test(failure.sentence ?? answer.text)) {
    return fail(
      "provider.client_not_allowed",
      `GitHub does not let this editor use Copilot (400${sentence})`,
      {
        reason: "unknown_editor",
        grantUnused: true,
        hint: "Leave the mode at auto, or use direct mode (TOKENFLOW_COPILOT_MODE).",
      },
    );
  }
  if (failure.shape === "standard") {
    if (status === 401 && BAD_CREDENTIAL.test(failure.sentence ?? "")) {
      return fail("session.revoked", "GitHub no longer accepts this sign-in", {
        hint: "Sign in to Copilot again.",
      });
    }
    if (status === 404) {
      return fail(
        "provider.client_not_allowed",
        "GitHub does not let the app of this sign-in use Copilot (404)",
        {
          reason: "wrong_app",
          grantUnused: true,
          hint: "Sign in with the default client id, that of GitHub's Copilot plugin, or leave the mode at auto (TOKENFLOW_COPILOT_MODE). For an enterprise account, check the host.",
        },
      );
    }
    if (status >= 400) {
      return fail(
        "provider.forbidden",
        `GitHub does not let this account use Copilot (${status}${sentence})`,
        {
          grantUnused: true,
          hint: /saml|sso|ip allow/i.test(sentence)
            ? "The organization requires single sign-on or an allowed IP address. Ask its administrators."
            : `See: ${SETTINGS}`,
        },
      );
    }
  }
  return fail("provider.malformed", `GitHub answered ${status} without ${wanted}`, {
    hint: "Check the host, and that no proxy or network sign-in page answers in its place.",
  });
}

/** Returns true for an answer that asks to wait, whatever its status. */
export function isRateLimited(answer: HttpAnswer): boolean {
  return rateLimited(answer, readFailure(answer), 0) !== undefined;
}

/** Returns the time to wait: `null` if the response names none, `undefined` if it is not a rate limit. */
function rateLimited(answer: HttpAnswer, failure: Failure, now: number): number | null | undefined {
  const { status, retryAfter } = answer;
  const reset = readRateReset(answer);
  const limited =
    status === 429 ||
    (status === 403 &&
      (RATE_LIMIT.test(failure.sentence ?? "") ||
        (failure.shape !== "notice" && (retryAfter !== undefined || reset !== undefined))));
  if (!limited) return undefined;
  if (retryAfter !== undefined) return retryAfter;
  return reset === undefined ? null : Math.min(Math.max(reset - (answer.date ?? now), 0), MAX_RETRY_AFTER);
}

function noticeError({ status }: HttpAnswer, { id, link }: Failure, sentence: string): TokenFlowError {
  if (id === "server_error") {
    return new TokenFlowError("provider.unavailable", `Copilot has a problem${sentence}`, {
      status,
      reason: id,
      hint: "Try again later. See: https://www.githubstatus.com",
    });
  }
  const [code, advice] = (id !== undefined && Object.hasOwn(NOTICES, id) ? NOTICES[id] : undefined) ?? [
    "provider.forbidden",
    "This account may not use Copilot.",
  ];
  return new TokenFlowError(code, `GitHub refused Copilot${id ? ` (${id})` : ""}${sentence}`, {
    status,
    reason: id,
    grantUnused: true,
    hint: `${advice} See: ${link ?? SETTINGS}`,
  });
}
