import { createHmac } from "node:crypto";
import { hex, letters } from "@tokenflow/conformance/server";
import type { Journal } from "../server/journal.ts";
import type { Settings } from "../server/settings.ts";

export interface AccessToken {
  readonly accessToken: string;
  readonly family: Family;
  /** By the server's clock, in seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly id: string;
  /** Monotonic: its true end. */
  endsAt: number;
}

/** All grants that descend from one consent. */
export interface Family {
  readonly login: string;
  readonly userId: string;
  readonly deviceCode: string;
  grant: string;
  /** Spent grants and when, monotonic. */
  readonly spent: Map<string, number>;
  lastSpent: string | undefined;
  revoked: boolean;
}

export interface HyperFamilies {
  create(login: string, deviceCode: string): Family;
  /**
   * Spends a grant. A spent one revokes its family, unless it is the last spent one and the forgiveness
   * window is open: then the current grant is answered again.
   */
  redeem(grant: string, now: number): AccessToken | "reused" | "unknown";
  /** Returns the token if it is valid, and `expired` if it was. */
  find(accessToken: string): AccessToken | "expired" | undefined;
  revoke(filter: (family: Family) => boolean): number;
  expire(): void;
}

export const team = { id: "team_01JB5Z8Y3Q", name: "Octo Team" } as const;

export function createHyperFamilies(
  settings: Settings,
  journal: Journal,
  issuer: () => string,
): HyperFamilies {
  const families: Family[] = [];
  const byGrant = new Map<string, Family>();
  const tokens = new Map<string, AccessToken>();

  const rotate = (family: Family): void => {
    family.grant = `hrt_${letters(43)}`;
    byGrant.set(family.grant, family);
  };
  const mint = (family: Family, now: number): AccessToken => {
    const issuedAt = Math.floor(now / 1000);
    const expiresAt = issuedAt + settings.hyperTokenLifetime;
    const id = hex(32);
    const accessToken = signedJwt({
      iss: issuer(),
      sub: family.userId,
      org_id: team.id,
      iat: issuedAt,
      exp: expiresAt,
      jti: id,
    });
    const endsAt = performance.now() + settings.hyperTokenLifetime * 1000;
    const token = { accessToken, family, issuedAt, expiresAt, id, endsAt };
    tokens.set(accessToken, token);
    journal.counts.tokens += 1;
    return token;
  };

  return {
    create(login, deviceCode) {
      const family: Family = {
        login,
        userId: `user_${hex(12)}`,
        deviceCode,
        grant: "",
        spent: new Map(),
        lastSpent: undefined,
        revoked: false,
      };
      rotate(family);
      families.push(family);
      return family;
    },
    redeem(grant, now) {
      const family = byGrant.get(grant);
      if (!family || family.revoked) return "unknown";
      const spentAt = family.spent.get(grant);
      if (spentAt === undefined) {
        family.spent.set(grant, performance.now());
        family.lastSpent = grant;
        rotate(family);
        return mint(family, now);
      }
      if (grant === family.lastSpent && performance.now() - spentAt < settings.hyperForgiveness) {
        journal.counts.forgiven += 1;
        return mint(family, now);
      }
      journal.counts.reuses += 1;
      family.revoked = true;
      return "reused";
    },
    find(accessToken) {
      const token = tokens.get(accessToken);
      if (!token || token.family.revoked) return undefined;
      return performance.now() < token.endsAt ? token : "expired";
    },
    revoke(filter) {
      const revoked = families.filter((family) => !family.revoked && filter(family));
      for (const family of revoked) family.revoked = true;
      return revoked.length;
    },
    expire() {
      for (const token of tokens.values()) token.endsAt = 0;
    },
  };
}

function signedJwt(claims: object): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${content}.${createHmac("sha256", "simulator").update(content).digest("base64url")}`;
}
