import { CONSUMER_PROFILES } from "./consumer-profiles.ts";
import { DEVELOPER_PROFILES } from "./developer-profiles.ts";
import type { OAuthProfile } from "./profile.ts";
import { SELF_HOSTED_PROFILES } from "./self-hosted-profiles.ts";

/** Services and servers, from their own pages. */
export const OAUTH_PROFILES: readonly OAuthProfile[] = [
  ...DEVELOPER_PROFILES,
  ...CONSUMER_PROFILES,
  ...SELF_HOSTED_PROFILES,
];
