import { UsageError } from "@tokenflow/common";
import type { Credential } from "./credential.ts";
import { type HelperFormat, hasControls, type Question, SILENCE } from "./helper.ts";
import { serverOrigin } from "./server.ts";

/** https://git-scm.com/docs/git-credential and /docs/gitcredentials */
export const git: HelperFormat = {
  operations: ["get", "store", "erase", "capability"],
  input: { get: "blank-line", store: "blank-line", erase: "blank-line" },
  nothing: SILENCE,
  read(operation, input): Question {
    if (operation === "capability") {
      return { kind: "reply", reply: { text: "version 0\ncapability authtype", exit: 0 } };
    }
    const asked = readAttributes(input);
    const { values } = asked;
    const origin = serverOrigin(`${values.get("protocol") ?? ""}://${values.get("host") ?? ""}`);
    const username = values.get("username");
    // Tokens are renewed by their own session, so nothing is stored.
    if (operation === "store") return { kind: "reply", reply: SILENCE };
    if (operation === "get") {
      return { kind: "get", origin, username, write: (credential) => writeAnswer(credential, asked) };
    }
    const secret = values.get("password") ?? secretOf(values);
    if (secret === undefined) return { kind: "reply", reply: SILENCE };
    return { kind: "refused", origin, username, secret };
  },
};

interface Attributes {
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads `name=value` lines up to the first empty one.
 * @throws UsageError for a line without a name, a control character, and a name with two values
 */
function readAttributes(input: string): Attributes {
  const values = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  for (const line of input.split("\n")) {
    if (line === "") break;
    const [, name = "", isList, value = ""] = /^([a-z_\d]+)(\[\])?=(.*)$/is.exec(line) ?? [];
    if (name === "" || hasControls(value)) {
      throw new UsageError("the question on stdin is not in git's format", "See: git help credential");
    }
    // An empty item clears the list.
    if (isList) lists.set(name, value === "" ? [] : [...(lists.get(name) ?? []), value]);
    else if ((values.get(name) ?? value) === value) values.set(name, value);
    else throw new UsageError(`the question on stdin has two values of "${name}"`);
  }
  return { values, lists };
}

/** Git 2.46 and newer can send the token in a header of its own, and does not store what is marked as passing. */
function writeAnswer(
  { secret, scheme, expiresAt, username }: Credential,
  { values, lists }: Attributes,
): string {
  const name = values.get("username") ?? username;
  const end = expiresAt === undefined ? [] : [`password_expiry_utc=${Math.floor(expiresAt / 1000)}`];
  if (!lists.get("capability")?.includes("authtype")) {
    return [`username=${name}`, `password=${secret}`, ...end].join("\n");
  }
  const challenges = lists.get("wwwauth") ?? [];
  const offered = new Set(challenges.map((challenge) => challenge.split(/\s/)[0]?.toLowerCase()));
  // A server that says what it takes, and does not name the token's scheme, takes the token as a password.
  const isBasic = offered.has("basic") && !offered.has(scheme.toLowerCase());
  return [
    "capability[]=authtype",
    `authtype=${isBasic ? "Basic" : scheme}`,
    `credential=${isBasic ? encodeBasic(`${name}:${secret}`) : secret}`,
    "ephemeral=1",
    ...end,
  ].join("\n");
}

/** Returns the secret of a credential that was sent in a header. */
function secretOf(values: Attributes["values"]): string | undefined {
  const credential = values.get("credential");
  if (credential === undefined || values.get("authtype")?.toLowerCase() !== "basic") return credential;
  return Buffer.from(credential, "base64")
    .toString()
    .replace(/^[^:]*:/, "");
}

function encodeBasic(pair: string): string {
  return Buffer.from(pair).toString("base64");
}
