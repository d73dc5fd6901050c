type Form = Readonly<Record<string, string>>;

/** The forms of all requests. `authenticated` adds the client. */
export const forms = {
  deviceCode: (scope: string | undefined): Form => (scope === undefined ? {} : { scope }),
  poll: (deviceCode: string): Form => ({
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: deviceCode,
  }),
  refresh: (refreshToken: string): Form => ({ grant_type: "refresh_token", refresh_token: refreshToken }),
  token: (token: string, hint: "access_token" | "refresh_token"): Form => ({
    token,
    token_type_hint: hint,
  }),
  target: (audience: string | undefined, resource: string | undefined): Form => ({
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
  }),
};
