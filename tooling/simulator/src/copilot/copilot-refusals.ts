import type { HeaderList, JsonObject } from "@tokenflow/conformance/server";

export interface Refusal {
  readonly status: number;
  /** Text is sent as such. */
  readonly body: JsonObject | string;
  readonly headers?: HeaderList | undefined;
}

interface JsonRefusal extends Refusal {
  readonly body: JsonObject;
}

const MANUAL = "https://docs.github.com/rest";

/** GitHub's answer to an unknown or revoked credential. */
export const badCredentials: JsonRefusal = {
  status: 401,
  body: { message: "Bad credentials", documentation_url: MANUAL, status: "401" },
};

/** GitHub's answer if something does not exist for this app. */
export const notFound: Refusal = {
  status: 404,
  body: { message: "Not Found", documentation_url: MANUAL, status: "404" },
};

/** GitHub's answer if an app, or a token that is no person's, may not use an endpoint. */
export const notAccessible: Refusal = {
  status: 403,
  body: { message: "Resource not accessible by integration", documentation_url: MANUAL, status: "403" },
};

/** Returns the refusal of the exchange for the setting `copilotRefusal`. Any other word is a notification id. */
export function createCopilotRefusal(reason: string, login: string): Refusal {
  switch (reason) {
    case "bad_credentials":
      return badCredentials;
    case "not_found":
      return notFound;
    case "not_accessible":
      return notAccessible;
    case "unknown_editor":
      return { status: 400, body: "bad request: unknown Editor-Version header for IDE auth\n" };
    case "server_down":
      return { status: 503, body: "<html>Unicorn!</html>" };
    case "rate_limited":
      return {
        status: 403,
        body: {
          message: "API rate limit exceeded for user ID 583231.",
          documentation_url: `${MANUAL}/overview/rate-limits-for-the-rest-api`,
          status: "403",
        },
        headers: { "x-ratelimit-remaining": "0" },
      };
    case "secondary_rate_limited":
      return {
        status: 429,
        body: {
          message:
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
          documentation_url: `${MANUAL}/overview/rate-limits-for-the-rest-api`,
          status: "429",
        },
        headers: { "x-ratelimit-remaining": "0", "retry-after": "60" },
      };
    default:
      return {
        status: 403,
        body: {
          can_signup_for_limited: reason === "not_signed_up" || reason === "no_copilot_access",
          error_details: {
            message: `No access to GitHub Copilot found. Currently logged in as ${login}.`,
            notification_id: reason,
            title: "Signup for GitHub Copilot",
            url: "https://github.com/settings/copilot?editor={EDITOR}",
          },
          message: "Resource not accessible by integration",
        },
      };
  }
}
