import { ends, prints, signsIn } from "../judge/outcomes.ts";
import { refreshes } from "../judge/requests.ts";
import { rfc, type Scenario } from "./scenario.ts";

const CLAUSE = rfc(6749, "5.1");
const TWICE: Scenario["steps"] = [{ do: "signIn" }, { do: "token" }, { do: "token" }];

/** `expires_in` in all its shapes. */
export const LIFETIMES: readonly Scenario[] = [
  {
    id: "signs-in-without-a-lifetime",
    group: "ending",
    level: "SHOULD",
    clause: CLAUSE,
    title: "accepts a token answer without expires_in",
    server: { statedTokenLifetime: null },
    expects: [signsIn],
    advice: "expires_in is RECOMMENDED, not required. Use the token until the API refuses it.",
  },
  {
    id: "signs-in-with-a-lifetime-as-text",
    group: "ending",
    level: "BEYOND",
    clause: CLAUSE,
    title: "accepts expires_in as text",
    server: { statedTokenLifetime: "3600" },
    expects: [signsIn],
    advice: "Some servers send expires_in as text. Convert it.",
  },
  {
    id: "ends-with-a-lifetime-of-zero",
    group: "ending",
    level: "BEYOND",
    clause: CLAUSE,
    title: "ends by itself if a token arrives dead, without a storm of requests",
    server: { statedTokenLifetime: 0 },
    expects: [ends("signIn"), refreshes(0, 3)],
    advice: "A token that arrives dead must not start a loop of refreshes.",
  },
  {
    id: "ends-with-a-negative-lifetime",
    group: "ending",
    level: "BEYOND",
    clause: CLAUSE,
    title: "ends by itself if expires_in is negative, without a storm of requests",
    server: { statedTokenLifetime: -1 },
    expects: [ends("signIn"), refreshes(0, 3)],
    advice: "A token that arrives dead must not start a loop of refreshes.",
  },
  {
    id: "keeps-a-token-without-a-lifetime",
    group: "afterwards",
    level: "BEYOND",
    clause: CLAUSE,
    title: "does not refresh a token without expires_in at every call",
    needs: ["token"],
    server: { statedTokenLifetime: null },
    steps: TWICE,
    expects: [prints("token"), prints("token", 2), refreshes(0)],
    advice: "Without expires_in, use the token until the API answers 401.",
  },
  {
    id: "keeps-a-token-with-a-lifetime-as-text",
    group: "afterwards",
    level: "BEYOND",
    clause: CLAUSE,
    title: "reads a lifetime that is text, and does not refresh at every call",
    needs: ["token"],
    server: { statedTokenLifetime: "3600" },
    steps: TWICE,
    expects: [prints("token"), prints("token", 2), refreshes(0)],
    advice: "“3600” + now is a text or NaN in many languages. Convert expires_in to a number.",
  },
  {
    id: "keeps-a-token-with-a-huge-lifetime",
    group: "afterwards",
    level: "BEYOND",
    clause: CLAUSE,
    title: "keeps a token that lives for 100 years",
    needs: ["token"],
    server: { statedTokenLifetime: 3_155_760_000 },
    steps: TWICE,
    expects: [prints("token"), prints("token", 2), refreshes(0)],
    advice:
      "A timer of more than 2^31 ms fires at once in JavaScript, and a 32-bit second overflows in 2038.",
  },
  {
    id: "keeps-a-token-with-a-fractional-lifetime",
    group: "afterwards",
    level: "BEYOND",
    clause: CLAUSE,
    title: "reads a lifetime with a fraction",
    needs: ["token"],
    server: { statedTokenLifetime: 3599.5 },
    steps: TWICE,
    expects: [prints("token"), prints("token", 2), refreshes(0)],
    advice: "expires_in is a JSON number. An integer parser fails on 3599.5.",
  },
];
