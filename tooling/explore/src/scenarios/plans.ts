/** Scenarios that are explored within the same limits. */
export interface Plan {
  readonly name: string;
  readonly scenarios: readonly string[];
  readonly preemptions: number;
  readonly incidents: number;
  readonly hazards: readonly string[];
  /** For each scenario, in milliseconds. */
  readonly timeout: number;
}

/** A kernel lock lasts as long as its holder, so one length of standing still tells as much as another. */
const KERNEL = ["crash", "fail", "lose", "unsent", "lost", "slow20", "stop15"];
const LEASE = ["crash", "fail", "lose", "unsent", "lost", "evict", "slow20", "stop15", "stop40", "stop60"];
const HAZARDS = { kernel: KERNEL, lease: LEASE } as const;

const LOCKS = ["kernel", "lease"] as const;
const SERVICES = ["strict", "forgiving", "keep"] as const;
const OPERATIONS = ["get", "forced", "reject", "acquire", "signout", "signin", "closeexit", "copy", "start"];

/** Managers and store objects that share a process, keys that change, and programs that end by themselves. */
const SHARED = [
  "get&get+get",
  "get&close",
  "reject&get+get",
  "get~get",
  "get~get+get",
  "forced~reject",
  "get&signout",
  "signin&signin",
  "acquire&signout",
  "end+end",
  "end+get",
  "get+rotate",
  "closeexit+rotate",
  "forced&newkey",
  "get&newkey+rotate",
];

const THREE = [
  "get+get+get",
  "get+get+signout",
  "get+signin+signout",
  "reject+get+closeexit",
  "acquire+acquire+get",
];

function* states(lock: string): Generator<string> {
  for (const service of SERVICES)
    for (const token of ["dead", "soon", "fresh"]) yield `${service}.${lock}.${token}`;
}

function pairs(lock: string): string[] {
  const found: string[] = [];
  for (const state of states(lock)) {
    for (const [index, one] of OPERATIONS.entries()) {
      for (const other of OPERATIONS.slice(index)) found.push(`${state}/${one}+${other}`);
    }
  }
  for (const text of ["signin", "acquire", "signin+signin", "acquire+signin", "get+signin"]) {
    found.push(`strict.${lock}.none/${text}`);
  }
  return found;
}

const over = (lock: string, operations: readonly string[]): string[] =>
  [...states(lock)].flatMap((state) => operations.map((text) => `${state}/${text}`));

/** The long form. */
export const LONG: readonly Plan[] = LOCKS.flatMap((lock) => [
  {
    name: `every pair of operations, ${lock} lock`,
    scenarios: pairs(lock),
    preemptions: 1,
    incidents: 1,
    hazards: HAZARDS[lock],
    timeout: 10_000,
  },
  {
    name: `managers, threads and keys that share a process, ${lock} lock`,
    scenarios: over(lock, SHARED),
    preemptions: 1,
    incidents: 1,
    hazards: HAZARDS[lock],
    timeout: 10_000,
  },
  {
    name: `three processes, ${lock} lock`,
    scenarios: over(lock, THREE),
    preemptions: 1,
    incidents: 1,
    hazards: HAZARDS[lock],
    timeout: 15_000,
  },
  {
    name: `two incidents, ${lock} lock`,
    scenarios: over(lock, ["get+get", "closeexit+get", "start"]),
    preemptions: 1,
    incidents: 2,
    hazards: HAZARDS[lock],
    timeout: 30_000,
  },
  {
    name: `three preemptions, ${lock} lock`,
    scenarios: over(lock, ["get+get", "get+signout", "reject+get"]),
    preemptions: 3,
    incidents: 0,
    hazards: HAZARDS[lock],
    timeout: 30_000,
  },
]);

/** The short form: the heart of it, complete within its limits. */
export const SHORT: readonly Plan[] = [
  {
    name: "the heart, kernel lock",
    scenarios: [
      "strict.kernel.dead/get+get",
      "strict.kernel.soon/closeexit+get",
      "strict.kernel.dead/get+copy",
      "strict.kernel.soon/end+get",
      "strict.kernel.fresh/forced&newkey",
      "strict.kernel.dead/get+signout",
      "strict.kernel.fresh/reject+get",
      "strict.kernel.none/signin",
      "forgiving.kernel.dead/get+get",
      "keep.kernel.dead/get+get",
    ],
    preemptions: 1,
    incidents: 1,
    hazards: KERNEL,
    timeout: 30_000,
  },
  {
    name: "the heart, lease",
    scenarios: ["strict.lease.dead/get~get", "strict.lease.soon/get+get", "forgiving.lease.dead/get+get"],
    preemptions: 1,
    incidents: 1,
    hazards: LEASE,
    timeout: 30_000,
  },
];
