const SECRET = "the client's secret (--client-secret-stdin, or TOKENFLOW_<NAME>_CLIENT_SECRET)";

/** The options of `login`, by the names of the library's options, as its hints have them in backticks. */
const OPTIONS: Readonly<Record<string, string>> = {
  issuer: "--issuer",
  origins: "--origin",
  clientId: "--client-id",
  clientSecret: SECRET,
  clientAuthentication: "--client-auth",
  initialAccessToken: "TOKENFLOW_<NAME>_REGISTRATION_TOKEN",
  redirectUri: "--redirect-uri",
  pkce: "--pkce",
  scope: "--scope",
};

/** Puts the options of `login` into a hint in place of the library's: `` `endpoints.token` `` → `--endpoint token=<url>`. */
export function inOptions(hint: string | undefined): string | undefined {
  return hint?.replaceAll(/`(\w+)(?:\.(\w+))?`/g, (whole, name: string, member: string | undefined) => {
    if (name === "endpoints" && member !== undefined) {
      return `--endpoint ${member === "deviceAuthorization" ? "device" : member}=<url>`;
    }
    return member === undefined && Object.hasOwn(OPTIONS, name) ? (OPTIONS[name] ?? whole) : whole;
  });
}
