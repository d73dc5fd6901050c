import {
  asErrorCode,
  asHttpsUrl,
  asNumber,
  asObject,
  asSeconds,
  asSecret,
  asString,
  asTimestamp,
  asTokenType,
  type HttpAnswer,
  okJson,
  omitUndefined,
  readDeviceCode,
} from "@tokenflow/core/provider";
import { describe, expect, test } from "vitest";

const WRONG: readonly unknown[] = [undefined, null, true, "", [], {}, "\u0000", "a b", Number.NaN, -1];

function answer(json: HttpAnswer["json"], status = 200): HttpAnswer {
  return { status, headers: new Headers(), text: "", json };
}

describe("readers return nothing for missing or wrong values", () => {
  test.each([
    ["asObject", asObject, [[{ a: 1 }, { a: 1 }]], {}],
    [
      "asString",
      asString,
      [
        ["é 1", "é 1"],
        ["\ud800", undefined],
      ],
      undefined,
    ],
    [
      "asSecret",
      asSecret,
      [
        ["tid=1;exp=2:mac", "tid=1;exp=2:mac"],
        ["é", undefined],
      ],
      undefined,
    ],
    [
      "asTokenType",
      asTokenType,
      [
        ["dpop", "dpop"],
        ["bearer", "Bearer"],
        ["a:b", "Bearer"],
      ],
      "Bearer",
    ],
    [
      "asErrorCode",
      asErrorCode,
      [
        ["no_access", "no_access"],
        ["a:b_12", "a:b_12"],
        ["gho_Secret1", undefined],
        ["a".repeat(61), undefined],
      ],
      undefined,
    ],
    [
      "asNumber",
      asNumber,
      [
        [0, 0],
        ["12.5", 12.5],
        [" -1 ", -1],
        ["1e3", undefined],
        [Number.POSITIVE_INFINITY, undefined],
      ],
      undefined,
    ],
    [
      "asSeconds",
      asSeconds,
      [
        [1.5, 1_500],
        ["900", 900_000],
        [0, undefined],
        ["-1", undefined],
        [1e300, undefined],
      ],
      undefined,
    ],
    [
      "asTimestamp",
      asTimestamp,
      [
        [2, 2_000],
        ["1970-01-01T00:00:03Z", 3_000],
        ["soon", undefined],
      ],
      undefined,
    ],
    [
      "asHttpsUrl",
      asHttpsUrl,
      [
        ["https://example.org/a", "https://example.org/a"],
        ["http://127.0.0.1:1/", "http://127.0.0.1:1/"],
        ["http://example.org/", undefined],
        ["https://me@example.org/", undefined],
        ["javascript:alert(1)", undefined],
      ],
      undefined,
    ],
  ] as const)("%s", (name, read, cases, nothing) => {
    const own: ReadonlySet<unknown> = new Set<unknown>(
      name === "asNumber" ? [-1] : name === "asString" ? ["\u0000", "a b"] : [],
    );
    for (const value of WRONG) if (!own.has(value)) expect(read(value), String(value)).toEqual(nothing);
    for (const [value, expected] of cases) expect(read(value), String(value)).toEqual(expected);
  });

  test("okJson reads only a success", () => {
    expect(okJson(answer({ a: 1 }, 201))).toEqual({ a: 1 });
    for (const status of [199, 302, 400, 500]) expect(okJson(answer({ a: 1 }, status))).toEqual({});
  });

  test("omitUndefined keeps null and false", () => {
    expect(Object.keys(omitUndefined({ a: undefined, b: null, c: false, d: 0 }))).toEqual(["b", "c", "d"]);
  });
});

describe("a device code is read by RFC 8628 §3.2", () => {
  const body = { device_code: "d", user_code: "U", verification_uri: "https://example.org/device" };

  test("in milliseconds, with a default lifetime", () => {
    const whole = {
      ...body,
      verification_uri_complete: "https://example.org/device?c=U",
      expires_in: "60",
      interval: 5,
    };
    expect(readDeviceCode(answer(whole))).toEqual({
      deviceCode: "d",
      userCode: "U",
      verificationUri: "https://example.org/device",
      verificationUriComplete: "https://example.org/device?c=U",
      lifetime: 60_000,
      interval: 5_000,
    });
    expect(readDeviceCode(answer({ ...body, expires_in: 0, interval: 0 }))).toMatchObject({
      lifetime: 900_000,
      interval: undefined,
    });
  });

  test("with Google's spelling of the address", () => {
    const { verification_uri: verification_url, ...rest } = body;
    const spelt = { ...rest, verification_url, verification_url_complete: "https://example.org/c" };
    expect(readDeviceCode(answer(spelt))).toMatchObject({
      verificationUri: verification_url,
      verificationUriComplete: "https://example.org/c",
    });
  });

  test("with a user code of digits that is a number", () => {
    expect(readDeviceCode(answer({ ...body, user_code: 123_456 }))?.userCode).toBe("123456");
    expect(readDeviceCode(answer({ ...body, device_code: 123_456 }))).toBeUndefined();
  });

  test.each(Object.keys(body))("and is undefined without %s, or if that is not text", (name) => {
    for (const wrong of [undefined, null, 1.5, "", {}]) {
      expect(
        readDeviceCode(
          answer(
            Object.fromEntries(
              Object.entries({ ...body, [name]: wrong }).filter(([, value]) => value !== undefined),
            ) as HttpAnswer["json"],
          ),
        ),
      ).toBeUndefined();
    }
    expect(readDeviceCode(answer(body, 400))).toBeUndefined();
  });
});
