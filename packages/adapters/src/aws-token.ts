import type { TokenSource } from "./bearer-token.ts";

/** The parts of `TokenIdentity` of the AWS SDK. */
export interface AwsTokenIdentity {
  readonly token: string;
  readonly expiration?: Date;
}

/**
 * Returns a token provider for the `token` option of AWS SDK clients that accept bearer tokens.
 * @example
 * const client = new BedrockRuntimeClient({ token: awsToken(manager), authSchemePreference: ["httpBearerAuth"] });
 */
export function awsToken(
  manager: TokenSource,
): (properties?: Readonly<Record<string, unknown>>) => Promise<AwsTokenIdentity> {
  return async ({ forceRefresh } = {}) => {
    const { accessToken, expiresAt } = await manager.getToken({ forceRefresh: forceRefresh === true });
    return { token: accessToken, ...(expiresAt === undefined ? {} : { expiration: new Date(expiresAt) }) };
  };
}
