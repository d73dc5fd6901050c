import { describe, expect, test } from "vitest";
// Internal, and tested alone: through a manager every row of the tables would need a world of its own.
import { fingerprint, hasChecksum, withChecksum } from "../../src/record/checksum.ts";
import {
  firstRevision,
  nextRevision,
  type SessionRecord,
  sessionKey,
  signInId,
} from "../../src/record/record.ts";
import { formatRecord, parseRecord } from "../../src/record/record-format.ts";
import { toSession } from "../../src/record/to-session.ts";

const AT = Date.UTC(2026, 0, 1);

const FULL: SessionRecord = {
  token: {
    accessToken: "token-1",
    tokenType: "Bearer",
    issuedAt: AT,
    issuedBy: "host",
    clockOffset: -1_500,
    lifetime: 3_600_000,
    dueIn: 1_800_000,
    scope: "read",
    idToken: "a.b.c",
    details: { sku: "free" },
  },
  revision: "id:7",
  provider: "test",
  account: "work",
  client: "client-1",
  login: "octocat",
  origin: "browser",
  grant: { refresh_token: "grant-1" },
  grantReusable: true,
  intent: { grant: "f1", at: AT + 2, first: AT + 1, owner: "host/1/1", attempt: 3, lock: "a", ended: true },
  rejectedGrant: { grant: "f2", at: AT + 3, code: "invalid_grant", message: "Gone" },
  lastFailure: {
    code: "provider.unavailable",
    message: "Away",
    at: AT + 4,
    count: 2,
    pause: 2_000,
    hint: "Wait",
    status: 503,
    reason: "busy",
  },
  notBefore: AT + 5,
  rejections: 2,
  unknown: { theirs: [1] },
};

/** Only the members that are required. */
const LEAST: SessionRecord = { revision: "id:1", provider: "test", account: "default", origin: "device" };

/** Returns the members of a record as it is stored. */
function stored(record: SessionRecord): Record<string, unknown> {
  return JSON.parse(formatRecord(record)) as Record<string, unknown>;
}

/** Reads a record whose stored members were changed. `undefined` removes one. */
function readWith(record: SessionRecord, changes: Record<string, unknown>): SessionRecord {
  const { check: _check, ...members } = stored(record);
  return parseRecord(withChecksum(JSON.stringify({ ...members, ...changes })));
}

const errorOf = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error;
  }
};
const CORRUPT = "The stored session cannot be read: ";

describe("a whole record", () => {
  test("is read as it was written", () => {
    expect(parseRecord(formatRecord(FULL))).toEqual(FULL);
    expect(parseRecord(formatRecord(LEAST))).toEqual(LEAST);
  });

  test("has the fields of the format, in ISO 8601 and seconds", () => {
    expect(stored(FULL)).toEqual({
      access_token: "token-1",
      token_type: "Bearer",
      expires_in: 3600,
      expires_at: "2026-01-01T01:00:00.000Z",
      scope: "read",
      issued_at: "2026-01-01T00:00:00.000Z",
      issued_by: "host",
      clock_offset: -1.5,
      refresh_in: 1800,
      id_token: "a.b.c",
      details: { sku: "free" },
      version: 1,
      revision: "id:7",
      provider: "test",
      account: "work",
      client: "client-1",
      login: "octocat",
      origin: "browser",
      grant: { refresh_token: "grant-1" },
      outlived: true,
      mark: {
        grant: "f1",
        at: "2026-01-01T00:00:00.002Z",
        first: "2026-01-01T00:00:00.001Z",
        owner: "host/1/1",
        attempt: 3,
        lock: "a",
        ended: true,
      },
      refused: { grant: "f2", at: "2026-01-01T00:00:00.003Z", code: "invalid_grant", message: "Gone" },
      failed: { ...FULL.lastFailure, at: "2026-01-01T00:00:00.004Z" },
      not_before: "2026-01-01T00:00:00.005Z",
      rejections: 2,
      theirs: [1],
      check: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
    expect(Object.keys(stored(LEAST))).toEqual([
      ...["version", "revision", "provider", "account", "origin", "check"],
    ]);
  });

  test("begins with the four fields of the cache format", () => {
    expect(Object.keys(stored(FULL)).slice(0, 4)).toEqual([
      ...["access_token", "token_type", "expires_in", "expires_at"],
    ]);
  });

  test("leaves out a moment that no date can tell", () => {
    const { notBefore } = parseRecord(formatRecord({ ...LEAST, notBefore: Number.MAX_VALUE }));
    expect(notBefore).toBeUndefined();
  });

  test("of a token without a lifetime tells no end", () => {
    const { token } = FULL;
    if (!token) throw new Error("no token");
    const { lifetime: _lifetime, ...endless } = token;
    expect(stored({ ...FULL, token: endless })).not.toHaveProperty("expires_at");
    expect(parseRecord(formatRecord({ ...FULL, token: endless })).token).toEqual(endless);
  });
});

describe("a stored member", () => {
  test.each<[name: string, changes: Record<string, unknown>, expected: Record<string, unknown>]>([
    ["an origin of a version before the first release", { origin: "given" }, { origin: "environment" }],
    ["an origin from the environment", { origin: "environment" }, { origin: "environment" }],
    ["an imported session", { origin: "import" }, { origin: "import" }],
    ["no origin", { origin: undefined }, { origin: "device" }],
    ["an origin that nobody knows", { origin: "elsewhere" }, { origin: "device" }],
    ["an empty client", { client: "" }, { client: undefined }],
    ["a login with a control character", { login: "a\u001b[2Jb" }, { login: "a [2Jb" }],
    ["a login that is not text", { login: 1 }, { login: undefined }],
    ["a grant that is a list", { grant: ["a"] }, { grant: undefined }],
    ["a grant that is null", { grant: null }, { grant: undefined }],
    ["a word in place of true", { outlived: "true" }, { grantReusable: undefined }],
    ["a moment that is a number", { not_before: 5 }, { notBefore: undefined }],
    ["a moment that is no date", { not_before: "soon" }, { notBefore: undefined }],
    ["a count that is text", { rejections: "2" }, { rejections: undefined }],
  ])("%s", (_name, changes, expected) => {
    expect({ ...readWith(FULL, changes) }).toMatchObject(
      Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)),
    );
    for (const [name, value] of Object.entries(expected)) {
      if (value === undefined) expect(readWith(FULL, changes)).not.toHaveProperty(name);
    }
  });

  test.each<[name: string, changes: Record<string, unknown>, expected: Record<string, unknown>]>([
    ["without a scope", { scope: 1 }, { scope: undefined }],
    ["of an unknown host", { issued_by: "" }, { issuedBy: undefined }],
    ["with an offset that is text", { clock_offset: "1" }, { clockOffset: undefined }],
    ["with an offset of less than a millisecond", { clock_offset: 0.0004 }, { clockOffset: 0 }],
    ["without an end", { expires_in: null }, { lifetime: undefined }],
    ["that is never due before its end", { refresh_in: undefined }, { dueIn: undefined }],
    ["without an ID token", { id_token: {} }, { idToken: undefined }],
    ["whose details are a list", { details: [] }, { details: undefined }],
  ])("a token %s", (_name, changes, expected) => {
    const { token } = readWith(FULL, changes);
    for (const [name, value] of Object.entries(expected)) {
      if (value === undefined) expect(token).not.toHaveProperty(name);
      else expect(token).toHaveProperty(name, value);
    }
  });

  test.each([
    ["access_token", ""],
    ["token_type", undefined],
    ["issued_at", "never"],
    ["revision", undefined],
    ["provider", 1],
    ["account", ""],
  ])("that is required is missing: %s", (name, value) => {
    expect(errorOf(() => readWith(FULL, { [name]: value }))).toMatchObject({
      code: "store.corrupt",
      message: `${CORRUPT}${name} is missing`,
      hint: "Sign in again, or sign out. The old record is kept.",
    });
  });

  test("of a token counts only beside a token", () => {
    expect(readWith(LEAST, { scope: "read", token_type: 1 })).toEqual(LEAST);
  });
});

describe("an intent", () => {
  const mark = stored(FULL)["mark"] as Record<string, unknown>;
  test.each<[name: string, changes: Record<string, unknown>, expected: Record<string, unknown> | undefined]>([
    ["of an earlier version", { first: undefined, lock: undefined }, { first: AT + 2 }],
    ["whose first moment is no date", { first: "x" }, { first: AT + 2 }],
    ["without a count", { attempt: undefined }, { attempt: 1 }],
    ["that is open", { ended: undefined }, {}],
    ["that is open, by another word", { ended: "yes" }, {}],
    ["without a moment", { at: undefined }, undefined],
    ["without a grant", { grant: undefined }, undefined],
    ["without an owner", { owner: 5 }, undefined],
  ])("%s", (_name, changes, expected) => {
    const { intent } = readWith(FULL, { mark: { ...mark, ...changes } });
    if (!expected) expect(intent).toBeUndefined();
    else {
      const left = Object.keys(changes).filter((name) => !(name in expected));
      expect(intent).toMatchObject({ grant: "f1", owner: "host/1/1", ...expected });
      for (const name of left) expect(intent).not.toHaveProperty(name);
    }
  });

  test("that is no object is none", () => {
    for (const value of [null, "x", [], 1]) expect(readWith(FULL, { mark: value }).intent).toBeUndefined();
  });
});

describe("a refusal and a failure", () => {
  test("need a moment, and a refusal its grant", () => {
    const at = "2026-01-01T00:00:00.000Z";
    const readRefusal = (refused: unknown): unknown => readWith(FULL, { refused }).rejectedGrant;
    expect(readRefusal({ at, grant: "f" })).toEqual({ at: AT, grant: "f" });
    expect(readRefusal({ at, grant: "f", code: "", message: 1 })).toEqual({ at: AT, grant: "f" });
    expect(readRefusal({ at })).toBeUndefined();
    expect(readRefusal({ grant: "f" })).toBeUndefined();
    expect(readRefusal([at])).toBeUndefined();
    expect(readWith(FULL, { failed: { code: "x" } }).lastFailure).toBeUndefined();
  });

  test.each([
    ["provider.wrong_app", "provider.client_not_allowed"],
    ["device.lost", "device.unknown"],
    ["toString", "toString"],
    ["", "provider.unavailable"],
    [undefined, "provider.unavailable"],
  ])("a failure's code %s is %s", (code, expected) => {
    const at = "2026-01-01T00:00:00.000Z";
    const failed = { at, code, status: "503", hint: "", reason: 1 };
    expect(readWith(FULL, { failed }).lastFailure).toEqual({
      code: expected,
      message: "The last redemption failed",
      at: AT,
      count: 1,
      pause: 0,
    });
  });
});

describe("what is no record", () => {
  test.each([
    ["text", "it is not a JSON object", "x"],
    ["a list", "it is not a JSON object", "[]"],
    ["nested 300 deep", "it is nested too deeply", `{"a":${"[".repeat(300)}${"]".repeat(300)}}`],
    ["a changed byte", "its checksum does not match", formatRecord(FULL).replace("octocat", "octobat")],
    ["no version", "it has no version", withChecksum('{"revision":"id:1"}')],
    ["a version that is text", "it has no version", withChecksum('{"version":"1"}')],
    ["an empty object", "it has no access_token", "{}"],
    ["an end that is no date", "its expires_at is not a date", '{"access_token":"a","expires_at":"x"}'],
  ])("%s", (_name, why, text) => {
    const error = errorOf(() => parseRecord(text));
    expect(error).toMatchObject({ code: "store.corrupt", message: `${CORRUPT}${why}` });
  });

  test("a newer version says what to do", () => {
    expect(errorOf(() => parseRecord(withChecksum('{"version":2}')))).toMatchObject({
      code: "store.newer",
      message: "The session was written by a newer TokenFlow (record version 2)",
      hint: "Update TokenFlow.",
    });
  });
});

describe("a file with only the four fields of the cache format", () => {
  const CACHE = { revision: "", provider: "", account: "", origin: "import" };
  test.each<[name: string, text: string, token: Record<string, unknown>]>([
    [
      "all of them",
      '{"access_token":"a","token_type":"token","expires_in":60,"expires_at":"2026-01-01T00:01:00Z"}',
      { accessToken: "a", tokenType: "token", issuedAt: AT, lifetime: 60_000 },
    ],
    [
      "no lifetime: an hour",
      '{"access_token":"a","expires_at":"2026-01-01T01:00:00Z"}',
      { accessToken: "a", tokenType: "Bearer", issuedAt: AT, lifetime: 3_600_000 },
    ],
    [
      "no end",
      '{"access_token":"a","expires_in":60}',
      { accessToken: "a", tokenType: "Bearer", issuedAt: -60_000 },
    ],
  ])("%s", (_name, text, token) => {
    expect(parseRecord(text)).toEqual({ ...CACHE, token });
  });
});

describe("the checksum", () => {
  test("stands at the end of a text, and may be followed by spaces", () => {
    const text = withChecksum('{"a":1}');
    expect(text).toBe('{"a":1,"check":"2e885536"}');
    expect(hasChecksum(text)).toBe(true);
    expect(hasChecksum(`${text} \n`)).toBe(true);
    expect(hasChecksum(`${text}x`)).toBe(false);
    expect(hasChecksum(`${text},${text}`)).toBe(false);
    expect(hasChecksum('{"a":1}')).toBe(false);
    expect(hasChecksum(text.replace("2e885536", "2e8855360"))).toBe(false);
    expect(hasChecksum(text.replace("1", "2"))).toBe(false);
  });

  test("of a grant depends on each character and its place", () => {
    const names = [{ a: "12" }, { a: "21" }, { a: "1" }, { b: "12" }, {}].map(fingerprint);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprint({ a: "12" })).toBe(names[0]);
    expect(fingerprint({ refresh_token: "grant-1" })).toBe("6ca5a16660602c7e");
  });
});

describe("a revision", () => {
  test("counts the sessions of one sign-in", () => {
    expect(firstRevision()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}:1$/);
    expect(firstRevision()).not.toBe(firstRevision());
    expect(nextRevision("id:1")).toBe("id:2");
    expect(nextRevision("id:9")).toBe("id:10");
    expect(nextRevision("")).toMatch(/:1$/);
    expect(signInId("id:9")).toBe("id");
    expect(signInId("")).toBe("");
    expect(sessionKey("test", "work")).toBe("test/work");
  });
});

describe("a session as providers see it", () => {
  test("has the record's token, and a grant that no inspection shows", () => {
    const session = toSession(FULL, undefined);
    expect(Object.keys(session)).not.toContain("grant");
    expect(session.grant).toEqual({ refresh_token: "grant-1" });
    expect(session).toMatchObject({ provider: "test", account: "work", login: "octocat" });
    expect(session).not.toHaveProperty("failure");
    expect(session.token).toMatchObject({
      accessToken: "token-1",
      tokenType: "Bearer",
      issuedAt: AT,
      expiresAt: AT + 3_600_000,
      scope: "read",
      idToken: "a.b.c",
      details: { sku: "free" },
    });
  });

  test("without a token and a grant has neither", () => {
    expect(toSession(LEAST, undefined)).toEqual({ provider: "test", account: "default" });
    const { token } = FULL;
    if (!token) throw new Error("no token");
    const { lifetime: _lifetime, ...endless } = token;
    expect(toSession({ ...LEAST, token: endless }, undefined).token?.expiresAt).toBeUndefined();
  });
});
