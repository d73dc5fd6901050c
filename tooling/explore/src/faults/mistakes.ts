import { edit, type Fault } from "./fault.ts";

/** Mistakes that somebody could make. */
export const MISTAKES: readonly Fault[] = [
  {
    name: "The record is not read again under the lock",
    edits: [
      edit(
        "refresh/session-view.ts",
        "if (isPinned && snapshot) return snapshot;\n    const before",
        "if (snapshot) return snapshot;\n    const before",
      ),
    ],
    scenarios: ["strict.kernel.dead/get+get"],
    hazards: [],
  },
  {
    name: "The lock is released before the redemption",
    edits: [
      edit(
        "refresh/refresher.ts",
        "const result = await redeemer",
        "await lock.release();\n        const result = await redeemer",
      ),
    ],
    scenarios: ["strict.kernel.dead/get+get"],
    hazards: [],
  },
  {
    name: "No intent is written",
    edits: [
      edit(
        "refresh/refresher.ts",
        "const intended = await writeIntent(plan.record, snapshot, lockName);",
        "const intended: Snapshot | undefined = snapshot; void writeIntent;",
      ),
    ],
    scenarios: ["strict.kernel.due/get+get"],
    hazards: ["crash", "lost"],
  },
  {
    name: "The intent goes although nobody knows what became of the grant",
    edits: [edit("refresh/redeem-and-store.ts", "error.grantUnused === true ? before : uncertain", "before")],
    scenarios: ["strict.kernel.due/start"],
    hazards: ["lost"],
  },
  {
    name: "A grant that may be spent is sent again whatever the service says",
    edits: [
      edit(
        "refresh/refresh-policy.ts",
        'if (!hasToken || replay === "always") return true;',
        "if (hasToken || !hasToken) return true;",
      ),
    ],
    scenarios: ["strict.kernel.due/get+get"],
    hazards: ["crash", "lost"],
  },
  {
    name: "Only the holder of the lock may save what it redeemed",
    edits: [
      edit(
        "refresh/commit.ts",
        "return { counts: await tryCommit(by, work), keepsLock: false };",
        "if (!lock.held()) return { counts: false, keepsLock: false };\n      return { counts: await tryCommit(by, work), keepsLock: false };",
      ),
    ],
    scenarios: ["strict.lease.dead/get+get"],
    hazards: ["stop15"],
  },
  {
    name: "A failure brings no pause",
    edits: [
      edit(
        "refresh/refresh-policy.ts",
        "const pause = Math.min(MIN_BACKOFF * 2 ** (count - 1), MAX_BACKOFF_WITH_TOKEN);",
        "const pause = count * 0;",
      ),
    ],
    scenarios: ["strict.kernel.dead/get+get"],
    hazards: ["unsent"],
  },
  {
    name: "A token is served after its end",
    edits: [
      edit(
        "refresh/session-view.ts",
        "!rejections.of(timed.stored) && timed.age() < timed.lifetime;",
        "!rejections.of(timed.stored);",
      ),
    ],
    scenarios: ["strict.kernel.dead/get"],
    hazards: ["unsent"],
  },
  {
    name: "A rejected token is handed out again",
    edits: [
      edit(
        "refresh/session-view.ts",
        "!rejections.of(timed.stored) && timed.age() < timed.lifetime;",
        "timed.age() < timed.lifetime;",
      ),
      edit("refresh/refresh-policy.ts", 'if (token.rejectedAtAge !== undefined) return "rejected";', ""),
    ],
    scenarios: ["strict.kernel.fresh/reject"],
    hazards: [],
  },
  {
    name: "A consent is stored only with its token",
    edits: [
      edit(
        "manager/sign-in-flow.ts",
        "if (consent) await refresher.storeConsent(by, consent);",
        "if (consent?.token) await refresher.storeConsent(by, consent);",
      ),
    ],
    scenarios: ["strict.kernel.none/signin"],
    hazards: [],
  },
  {
    name: "A session replaces whatever is stored",
    edits: [
      edit("refresh/commit.ts", "if (snapshot.record?.revision === from.revision) continue;", "continue;"),
    ],
    scenarios: ["strict.lease.dead/get+signout"],
    hazards: ["evict"],
  },
  {
    name: "The moment from which a service forgives counts from the last attempt",
    edits: [edit("refresh/refresher.ts", "first: before?.first ?? now,", "first: now,")],
    scenarios: ["forgiving.kernel.due/start"],
    hazards: ["lost"],
    incidents: 4,
  },
  {
    name: "A write that was given up for lost is told as a dropped session",
    edits: [
      edit(
        "refresh/commit.ts",
        "if (snapshot.record && formatRecord(snapshot.record) === formatRecord(next)) return true;",
        "void formatRecord;",
      ),
      edit(
        "refresh/commit.ts",
        "if (current?.grant && late.grant && fingerprint(current.grant) === fingerprint(late.grant)) return;",
        "",
      ),
    ],
    scenarios: ["strict.kernel.dead/get"],
    hazards: ["lose", "fail"],
    incidents: 2,
  },
  {
    name: "A refusal is written down without a second look",
    edits: [
      edit(
        "refresh/redeem-and-store.ts",
        'if (current.record?.revision !== record.revision) return "again";',
        "",
      ),
    ],
    scenarios: ["strict.lease.dead/get+get"],
    hazards: ["stop60"],
  },
];
