import { ANSWERS } from "./answers.ts";
import { CLOCKS } from "./clocks.ts";
import { ENDING } from "./ending.ts";
import { LIFETIMES } from "./lifetimes.ts";
import { NETWORK } from "./network.ts";
import { PROMPT } from "./prompt.ts";
import type { Scenario } from "./scenario.ts";
import { SESSIONS } from "./sessions.ts";
import { SIGN_OUTS } from "./sign-outs.ts";
import { TROUBLES } from "./troubles.ts";
import { WAITING } from "./waiting.ts";

/** Every scenario, in the order of reports. */
export const SCENARIOS: readonly Scenario[] = [
  ...WAITING,
  ...ENDING,
  ...ANSWERS,
  ...NETWORK,
  ...PROMPT,
  ...LIFETIMES,
  ...SESSIONS,
  ...TROUBLES,
  ...CLOCKS,
  ...SIGN_OUTS,
];
