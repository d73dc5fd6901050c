import type { Form } from "./wire-format.ts";

/** The `grant_type` of a poll (RFC 8628 §3.4). */
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

/** The forms of all requests. The requester adds the client. */
export const forms = {
  deviceCode: (scope: string | undefined, challenge: string | undefined): Form =>
    present({
      scope,
      code_challenge: challenge,
      code_challenge_method: challenge === undefined ? undefined : "S256",
    }),
  poll: (deviceCode: string, verifier: string | undefined, grantType: string = DEVICE_GRANT): Form =>
    present({
      grant_type: grantType === "" ? undefined : grantType,
      device_code: deviceCode,
      code_verifier: verifier,
    }),
  authorize: (scope: string | undefined): Form =>
    present({
      scope,
      // Without it OpenID servers ignore offline_access (OpenID Connect Core §11).
      prompt:
        /\bopenid\b/.test(scope ?? "") && /\boffline_access\b/.test(scope ?? "") ? "consent" : undefined,
    }),
  code: (code: string, redirectUri: string, verifier: string): Form => ({
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  }),
  refresh: (refreshToken: string, scope: string | undefined): Form =>
    present({ grant_type: "refresh_token", refresh_token: refreshToken, scope }),
  token: (token: string, hint: "access_token" | "refresh_token"): Form => ({
    token,
    token_type_hint: hint,
  }),
  target: (audience: string | undefined, resource: string | undefined): Form =>
    present({ audience, resource }),
};

function present(form: Readonly<Record<string, string | undefined>>): Form {
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
