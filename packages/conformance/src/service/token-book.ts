import type { Counts } from "../server/journal.ts";
import type { JsonObject, JsonValue } from "../server/json.ts";
import type { Secrets } from "./secrets.ts";
import type { ServiceSettings } from "./settings.ts";

/** The tokens that came of one consent. */
interface Family {
  readonly deviceCode: string;
  readonly scope: string;
  /** The refresh token that is good now. */
  refreshToken: string;
  /** The one before it. */
  spent: string | undefined;
  readonly all: Set<string>;
  revoked: boolean;
}

export interface TokenBook {
  /** Creates a consent, and returns its first token answer. */
  grant(details: { readonly deviceCode: string; readonly scope: string }): JsonObject;
  /** Returns the next token answer, or why there is none. */
  refresh(refreshToken: string): JsonObject | "unknown" | "reused";
  /** Revokes all that came of the consent that the token belongs to. Returns false if the token is unknown. */
  revoke(token: string): boolean;
  /** Revokes what a device code has brought. */
  revokeCode(deviceCode: string): void;
  opens(accessToken: string): boolean;
}

export function createTokenBook(
  settings: ServiceSettings,
  secrets: Secrets,
  counts: Pick<Counts, "reuses">,
): TokenBook {
  const families: Family[] = [];
  const accessTokens = new Map<string, { readonly family: Family; readonly endsAt: number }>();

  const answer = (family: Family, refreshToken: string | undefined): JsonObject => {
    const accessToken = secrets.issue("access token").text;
    accessTokens.set(accessToken, { family, endsAt: performance.now() + settings.tokenLifetime * 1000 });
    const lifetime =
      settings.statedTokenLifetime === undefined ? settings.tokenLifetime : settings.statedTokenLifetime;
    const members: Record<string, JsonValue | undefined> = {
      access_token: accessToken,
      token_type: "Bearer",
      ...(lifetime === null ? {} : { expires_in: lifetime }),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      ...(family.scope === "" ? {} : { scope: family.scope }),
      ...settings.tokenMembers,
    };
    return Object.fromEntries(
      Object.entries(members).filter(([name]) => !settings.tokenOmits.includes(name)),
    );
  };

  const rotate = (family: Family): string => {
    const next = secrets.issue("refresh token").text;
    family.spent = family.refreshToken;
    family.refreshToken = next;
    family.all.add(next);
    return next;
  };

  return {
    grant({ deviceCode, scope }) {
      const family: Family = {
        deviceCode,
        scope,
        refreshToken: "",
        spent: undefined,
        all: new Set(),
        revoked: false,
      };
      families.push(family);
      return answer(family, rotate(family));
    },
    refresh(refreshToken) {
      const family = families.find(({ all }) => all.has(refreshToken));
      if (!family || family.revoked) return "unknown";
      if (settings.rotation === "none") return answer(family, undefined);
      if (refreshToken === family.refreshToken) return answer(family, rotate(family));
      if (settings.rotation === "forgiving" && refreshToken === family.spent) {
        // The answer was lost: the successor that never arrived is replaced.
        const answered = answer(family, rotate(family));
        family.spent = refreshToken;
        return answered;
      }
      counts.reuses += 1;
      family.revoked = true;
      return "reused";
    },
    revoke(token) {
      const family = families.find(({ all }) => all.has(token)) ?? accessTokens.get(token)?.family;
      if (!family) return false;
      family.revoked = true;
      return true;
    },
    revokeCode(deviceCode) {
      for (const family of families) if (family.deviceCode === deviceCode) family.revoked = true;
    },
    opens(accessToken) {
      const issued = accessTokens.get(accessToken);
      return issued !== undefined && !issued.family.revoked && performance.now() < issued.endsAt;
    },
  };
}
