import type { Counts } from "./journal.ts";
import { hex } from "./random-text.ts";
import type { Reply } from "./reply.ts";

/** What the book of device codes reads of a server's settings. Durations are seconds, but for those marked ms. */
export interface DeviceCodeSettings {
  /** The login that approves if none is given. */
  readonly login: string;
  /** The least time between the answer to one poll and the next. */
  readonly interval: number;
  /** Added to the interval by a `slow_down`. */
  readonly slowDownStep: number;
  readonly deviceCodeLifetime: number;
  /** Approves every device code after this many ms. `undefined`: a person must. */
  readonly autoApprove: number | undefined;
}

/** The counts that it raises. */
export type DeviceCodeCounts = Pick<Counts, "approvals" | "denials" | "reuses" | "slowDowns">;

/** One sign-in under way. Times are monotonic. */
export interface DeviceCodeRecord {
  readonly deviceCode: string;
  readonly userCode: string;
  /** The app that asks for access, by its name on the consent page. */
  readonly appName: string;
  readonly clientId: string;
  readonly scope: string;
  readonly endsAt: number;
  state: "pending" | "approved" | "denied" | "spent";
  login: string;
  /** In seconds. Grows with every `slow_down`. */
  interval: number;
  /** When the last answer about this code was given. */
  answeredAt: number;
}

export type PollOutcome = "slow_down" | "expired" | "denied" | "pending" | "granted" | "reused";

export interface DeviceCodes {
  issue(details: { appName: string; clientId?: string; scope?: string }): DeviceCodeRecord;
  find(deviceCode: string): DeviceCodeRecord | undefined;
  /** Finds a code that waits for a decision, by what a person types: case and hyphen do not matter. */
  findPending(userCode: string): DeviceCodeRecord | undefined;
  /**
   * Decides a poll in GitHub's order: the rate before the approval.
   *
   * @param rate answers `slow_down` to early polls, to every poll, or to none. @default "strict"
   */
  poll(
    record: DeviceCodeRecord,
    reply: Pick<Reply, "whenAnswered">,
    rate?: "strict" | "slow down" | "lenient",
  ): PollOutcome;
  decide(record: DeviceCodeRecord, state: "approved" | "denied", login?: string): void;
}

/** No vowels, so that no words appear. */
const USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ";

export function createDeviceCodes(
  settings: DeviceCodeSettings,
  { counts }: { readonly counts: DeviceCodeCounts },
  createCode: () => string = () => hex(40),
): DeviceCodes {
  const records = new Map<string, DeviceCodeRecord>();
  const decide: DeviceCodes["decide"] = (record, state, login = settings.login) => {
    record.state = state;
    record.login = login;
    counts[state === "approved" ? "approvals" : "denials"] += 1;
  };
  return {
    decide,
    issue({ appName, clientId = "", scope = "" }) {
      const now = performance.now();
      const record: DeviceCodeRecord = {
        deviceCode: createCode(),
        userCode: `${userCodePart()}-${userCodePart()}`,
        appName,
        clientId,
        scope,
        endsAt: now + settings.deviceCodeLifetime * 1000,
        state: "pending",
        login: settings.login,
        interval: settings.interval,
        answeredAt: now,
      };
      records.set(record.deviceCode, record);
      if (settings.autoApprove !== undefined) {
        setTimeout(() => {
          if (record.state === "pending") decide(record, "approved");
        }, settings.autoApprove).unref();
      }
      return record;
    },
    find: (deviceCode) => records.get(deviceCode),
    findPending(userCode) {
      const typed = plain(userCode);
      return [...records.values()].find(
        (record) =>
          plain(record.userCode) === typed && record.state === "pending" && performance.now() < record.endsAt,
      );
    },
    poll(record, reply, rate = "strict") {
      if (record.state === "spent") {
        counts.reuses += 1;
        return "reused";
      }
      const now = performance.now();
      const waited = now - record.answeredAt;
      // A poll while another one is unanswered is early, too.
      record.answeredAt = Infinity;
      reply.whenAnswered(() => {
        record.answeredAt = performance.now();
      });
      const isEarly = rate === "strict" && waited < record.interval * 1000;
      if (rate === "slow down" || isEarly) {
        record.interval += settings.slowDownStep;
        counts.slowDowns += 1;
        return "slow_down";
      }
      if (record.state === "denied") return "denied";
      if (now >= record.endsAt) return "expired";
      if (record.state === "pending") return "pending";
      record.state = "spent";
      return "granted";
    },
  };
}

function userCodePart(): string {
  return Array.from({ length: 4 }, () => USER_CODE_LETTERS[Math.floor(Math.random() * 20)]).join("");
}

function plain(userCode: string): string {
  return userCode.toUpperCase().replace(/[^A-Z0-9]/g, "");
}
