import type { Fault } from "./fault.ts";
import { FOUND_FAULTS } from "./found-faults.ts";
import { MISTAKES } from "./mistakes.ts";

/** All that are put back. */
export const FAULTS: readonly Fault[] = [...FOUND_FAULTS, ...MISTAKES];

/** Faults that no schedule of this explorer shows. Tests of their own find them. */
export const NOT_FOUND: readonly { readonly name: string; readonly reason: string }[] = [
  {
    name: "The record's checksum is not compared",
    reason: "no byte of the simulated store changes by itself; found by `truncation.test.ts`",
  },
  {
    name: "The record is written with an expiry",
    reason: "the simulated store has no expiry; found by `a-miss-is-not-an-outage.test.ts`",
  },
  {
    name: "A sign-out revokes the grant that it read, and not the one that it deleted",
    reason: "the simulated service revokes nothing; found by `refusals-sign-out-sign-in.test.ts`",
  },
];
