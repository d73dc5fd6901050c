import { edit, type Fault } from "./fault.ts";

/** Faults that were found in the engine. */
export const FOUND_FAULTS: readonly Fault[] = [
  {
    name: "close() does not end a refresh that is about to begin",
    edits: [
      edit(
        "refresh/refresher.ts",
        "await clock.sleep(delay, { background: true, signal });",
        "await clock.sleep(delay, { background: true });",
      ),
    ],
    scenarios: ["strict.kernel.soon/closeexit"],
    hazards: [],
  },
  {
    name: "A second manager's encryption is ignored",
    edits: [
      edit(
        "manager/session-registry.ts",
        "return one.encryption === other.encryption || (id !== undefined && id === otherId);",
        "return id !== otherId || id === otherId;",
      ),
    ],
    scenarios: ["strict.kernel.fresh/get&newkey"],
    hazards: [],
  },
  {
    name: "copySessions reads without the lock",
    edits: [
      edit("store/copy-sessions.ts", "await using lock = await from.lock({});", ""),
      edit("store/copy-sessions.ts", "if (lock.held()) return value;", "return value;"),
    ],
    scenarios: ["strict.kernel.dead/get+copy"],
    hazards: [],
  },
  {
    name: "copySessions trusts what it read under a lease that has lapsed",
    edits: [edit("store/copy-sessions.ts", "if (lock.held()) return value;", "return value;")],
    scenarios: ["strict.lease.dead/get+copy"],
    hazards: ["stop15"],
  },
  {
    name: "A session is told as dropped although its grant is stored",
    edits: [
      edit(
        "refresh/commit.ts",
        "if (current?.grant && late.grant && fingerprint(current.grant) === fingerprint(late.grant)) return;",
        "",
      ),
    ],
    scenarios: ["keep.lease.fresh/signin+start"],
    hazards: ["stop60"],
  },
  {
    name: "A process that stood still sends what it had decided before",
    edits: [
      edit("refresh/refresher.ts", 'planRefresh(factsFor(by, need, lockName)).do !== "redeem"', "false"),
    ],
    scenarios: ["forgiving.kernel.soon/start"],
    hazards: ["lost", "stop15"],
    incidents: 2,
  },
  {
    name: "An intent is told apart by its owner, not by its lock",
    edits: [edit("refresh/refresher.ts", "crypto.randomUUID().slice(0, 13);", "store.owner;")],
    scenarios: ["strict.lease.dead/get~get"],
    hazards: ["evict"],
  },
  {
    name: "An intent under another lock is waited for only as long as a lock lasts",
    edits: [
      edit("refresh/plan-refresh.ts", "const MAX_REDEMPTION = 45_000;", "const MAX_REDEMPTION = 10_000;"),
    ],
    scenarios: ["strict.lease.dead/get+get"],
    hazards: ["stop15", "stop40"],
  },
  {
    name: "A write that close() has tried again is tried once more by its timer",
    edits: [
      edit(
        "refresh/commit.ts",
        "await clock.sleep(pause, { signal: saved.signal });",
        "await clock.sleep(pause);",
      ),
    ],
    scenarios: ["strict.kernel.due/closeexit"],
    hazards: ["fail"],
  },
  {
    name: "A program ends while a write is tried again that alone has the grant",
    edits: [edit("refresh/commit.ts", "using _alive = keepProcessAlive(clock);\n      for (", "for (")],
    scenarios: ["strict.kernel.dead/end"],
    hazards: ["fail"],
  },
  {
    name: "A program ends between a person's consent and its write",
    edits: [
      edit(
        "refresh/commit.ts",
        "using _alive = keepProcessAlive(clock);\n      const lock = await store.lock({})",
        "const lock = await store.lock({})",
      ),
    ],
    scenarios: ["strict.kernel.none/leave"],
    hazards: ["slow20"],
  },
];
