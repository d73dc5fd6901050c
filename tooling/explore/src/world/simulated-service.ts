import type { DeviceCode, Grant, Provider, TokenFlowError } from "@tokenflow/core";
import type { PollResult, Redemption } from "@tokenflow/core/provider";
import type { Scheduler } from "../schedule/contracts.ts";
import type { Engine } from "./engine.ts";
import type { InFlight, ProcessState } from "./facts.ts";

export type ServiceKind = "strict" | "forgiving" | "keep";

/** How long tokens live, in milliseconds. */
export const LIFETIME = 600_000;
/** How long a forgiving service accepts the last spent grant. */
const FORGIVES_FOR = 10_000;

interface Family {
  /** Several after a second use that was forgiven: each brings a grant that lives. */
  readonly living: Set<string>;
  previous?: { readonly grant: string; readonly spentAt: number } | undefined;
  count: number;
  isRevoked: boolean;
}

export interface ServiceListener {
  /** @param wasLate true if the request took some time to come here */
  sent(by: ProcessState, grant: string, outcome: "redeemed" | "forgiven" | "spent", wasLate: boolean): void;
  /** A new grant is on its way. */
  redeemed(by: ProcessState, grant: string, keyId: string | undefined): void;
  /** The answer with a new grant was lost. */
  lost(by: ProcessState): void;
  call(by: ProcessState, what: string): void;
  sending(by: ProcessState): void;
}

/** One service for all processes. Grants are named `a1`, `a2` by sign-in and count. */
export interface SimulatedService {
  readonly inFlight: readonly InFlight[];
  providerFor(process: ProcessState, engine: Engine, keyId: string | undefined): Provider;
  endOf(token: string): number;
  /** Returns true if the service would accept this grant. */
  isLiving(grant: string): boolean;
  key(): string;
}

export function createService(
  kind: ServiceKind,
  scheduler: Scheduler,
  { firstEnd, listener }: { readonly firstEnd: number; readonly listener: ServiceListener },
): SimulatedService {
  const families = new Map<string, Family>([["a", newFamily("a")]]);
  const ends = new Map<string, number>([["t-a1", firstEnd]]);
  const inFlight = new Set<InFlight>();

  const issue = (family: Family, name: string, used: string): Redemption => {
    family.count += 1;
    const token = `t-${name}${family.count}`;
    ends.set(token, scheduler.now + LIFETIME);
    const redeemed = { accessToken: token, tokenType: "Bearer", lifetime: LIFETIME };
    if (kind === "keep") return { token: redeemed };
    if (family.living.delete(used)) family.previous = { grant: used, spentAt: scheduler.now };
    const next = `${name}${family.count}`;
    family.living.add(next);
    return { token: redeemed, grant: { rt: next } };
  };

  const redeem = (by: ProcessState, grant: string, wasLate: boolean): Redemption | undefined => {
    const name = grant.slice(0, 1);
    const family = families.get(name);
    const isLiving = family?.living.has(grant) === true && !family.isRevoked;
    const previous = family?.previous;
    const isForgiven =
      kind === "forgiving" &&
      previous?.grant === grant &&
      scheduler.now - previous.spentAt <= FORGIVES_FOR &&
      family?.isRevoked === false;
    listener.sent(by, grant, isLiving ? "redeemed" : isForgiven ? "forgiven" : "spent", wasLate);
    if (!family || (!isLiving && !isForgiven)) {
      if (family) family.isRevoked = true;
      return undefined;
    }
    return issue(family, name, grant);
  };

  return {
    get inFlight() {
      return [...inFlight].filter(({ by }) => !by.isDead);
    },
    providerFor(by, { TokenFlowError }, keyId) {
      const failure = (unused: boolean): TokenFlowError =>
        new TokenFlowError("provider.unavailable", "No answer", unused ? { grantUnused: true } : {});
      const request = async (what: string, faults: readonly string[]): Promise<void> => {
        listener.call(by, what);
        const fault = await scheduler.gate(by, { what, faults });
        if (fault !== undefined) throw failure(true);
      };
      return {
        id: "test",
        name: "Test",
        grantReplay: () =>
          kind === "keep" ? "always" : kind === "strict" ? "never" : { within: FORGIVES_FOR },
        async redeem(grant: Grant): Promise<Redemption> {
          listener.sending(by);
          const sentAt = scheduler.now;
          await request("send", ["unsent"]);
          const sent: InFlight = { by, grant: grantText(grant) };
          inFlight.add(sent);
          const answer = redeem(by, sent.grant, scheduler.now > sentAt);
          const next = answer?.grant && grantText(answer.grant);
          if (next !== undefined) listener.redeemed(by, next, keyId);
          const fault = await scheduler.gate(by, { what: "answer", faults: ["lost"] });
          inFlight.delete(sent);
          by.history.add(`redeemed ${JSON.stringify(answer)}`);
          if (fault !== undefined) {
            if (next !== undefined) listener.lost(by);
            throw failure(false);
          }
          if (answer) return answer;
          throw new TokenFlowError("session.revoked", "Refused", {
            reason: "invalid_grant",
            grantUnused: true,
          });
        },
        async requestDeviceCode(): Promise<DeviceCode> {
          await request("code", ["unsent"]);
          return {
            deviceCode: "secret",
            userCode: "AB-CD",
            verificationUri: "https://service.example/device",
            lifetime: 60_000,
            interval: 5_000,
          };
        },
        async pollDeviceCode(): Promise<PollResult> {
          await request("poll", ["unsent"]);
          const name = String.fromCharCode(97 + families.size);
          families.set(name, newFamily(name));
          listener.redeemed(by, `${name}1`, keyId);
          by.history.add(`granted ${name}`);
          return { status: "granted", grant: { rt: `${name}1` } };
        },
      };
    },
    endOf: (token) => ends.get(token) ?? 0,
    isLiving(grant) {
      const family = families.get(grant.slice(0, 1));
      return family !== undefined && !family.isRevoked && family.living.has(grant);
    },
    key: () =>
      [...families.values()].map(familyKey).join() + [...inFlight].map(({ by, grant }) => by.name + grant),
  };
}

function newFamily(name: string): Family {
  return { living: new Set([`${name}1`]), count: 1, isRevoked: false };
}

function familyKey({ living, previous, count, isRevoked }: Family): string {
  return `${[...living].join()} ${previous?.grant} ${previous?.spentAt} ${count} ${isRevoked}`;
}

function grantText({ rt }: Grant): string {
  return typeof rt === "string" ? rt : "";
}
