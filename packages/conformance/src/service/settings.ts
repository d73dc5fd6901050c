import type { JsonObject, JsonValue } from "../server/json.ts";

/** The behaviour of the server in a scenario. Durations are seconds, as on the wire, unless marked ms. */
export interface ServiceSettings {
  /** The least time between the answer to one poll and the next. @default 1 */
  interval: number;
  /** The `interval` that the device answer states; `null` leaves it out. @default the interval */
  statedInterval: JsonValue | undefined;
  /** Added to the interval by a `slow_down`. @default 5 */
  slowDownStep: number;
  /** The numbers of polls, from 1, that are answered `slow_down` whatever their rate. @default [] */
  slowDownAt: readonly number[];
  /**
   * Answers `slow_down` to polls that come too early. Otherwise they are only noted, so that one mistake fails the
   * scenarios that are about it. @default false
   */
  refusesEarlyPolls: boolean;
  /** Members of a `slow_down` answer besides the error. @default {} */
  slowDownMembers: JsonObject;
  /** The lifetime of a device code. @default 120 */
  deviceCodeLifetime: number;
  /** The `expires_in` that the device answer states; `null` leaves it out. @default the lifetime */
  statedDeviceLifetime: JsonValue | undefined;
  /** Members that the device answer has besides the usual ones. @default {} */
  deviceMembers: JsonObject;
  /** Sends `verification_uri_complete`. @default false */
  completeAddress: boolean;
  /** Answers polls this many ms after their arrival. @default 0 */
  pollDelay: number;
  /** The status of an error at the token endpoint. @default 400 */
  errorStatus: number;
  /** The error that ends the sign-in instead of a token. @default undefined */
  endsWith: string | undefined;
  /**
   * Refuses requests that are no proper forms. Otherwise they are only noted, so that a client which sends JSON can
   * still be tested for everything else. @default false
   */
  refusesBadForms: boolean;
  /** A second use of a device code revokes the tokens that it has brought. @default false */
  revokesAtReuse: boolean;
  /** Resets the connection instead of answering with the first tokens; the code is spent. @default false */
  losesGrant: boolean;

  /** The lifetime of an access token. @default 3600 */
  tokenLifetime: number;
  /** The `expires_in` that a token answer states; `null` leaves it out. @default the lifetime */
  statedTokenLifetime: JsonValue | undefined;
  /** Members of a token answer besides the usual ones, or instead of them. @default {} */
  tokenMembers: JsonObject;
  /** The members that a token answer leaves out. @default [] */
  tokenOmits: readonly string[];
  /**
   * `strict`: a refresh token is good once, and its second use revokes all that came of it. `forgiving`: the last spent
   * one is answered again. `none`: refresh tokens stay, and answers to a refresh name none. @default "strict"
   */
  rotation: "strict" | "forgiving" | "none";
  /** The API answers 401 to every token. @default false */
  apiRefuses: boolean;

  /** The decision of the person. @default "approve" */
  decision: "approve" | "deny" | "none";
  /** The number of polls answered before the person decides. @default 0: before the first */
  decidesAfterPolls: number;
  /** The lead of the server's `Date` over this machine's clock, in ms. @default 0 */
  clockOffset: number;
}

export function createServiceSettings(changes: Partial<ServiceSettings> = {}): ServiceSettings {
  return {
    interval: 1,
    statedInterval: undefined,
    slowDownStep: 5,
    slowDownAt: [],
    refusesEarlyPolls: false,
    slowDownMembers: {},
    deviceCodeLifetime: 120,
    statedDeviceLifetime: undefined,
    deviceMembers: {},
    completeAddress: false,
    pollDelay: 0,
    errorStatus: 400,
    endsWith: undefined,
    refusesBadForms: false,
    revokesAtReuse: false,
    losesGrant: false,
    tokenLifetime: 3600,
    statedTokenLifetime: undefined,
    tokenMembers: {},
    tokenOmits: [],
    rotation: "strict",
    apiRefuses: false,
    decision: "approve",
    decidesAfterPolls: 0,
    clockOffset: 0,
    ...changes,
  };
}
