import type { DeviceCode } from "../contracts/device-code.ts";
import type { HttpAnswer } from "../http/http-answer.ts";
import { asHttpsUrl, asLabel, asSeconds, asString, okJson } from "./read-json.ts";

/** RFC 8628 §3.2 requires `expires_in`. A server that omits it ends the code itself. */
const LIFETIME = 900_000;

/**
 * Reads the answer that begins a sign-in (RFC 8628 §3.2), also with Google's `verification_url`. Returns `undefined`
 * if the answer is not a success, or lacks one of the three parts that a sign-in needs.
 */
export function readDeviceCode(answer: HttpAnswer): DeviceCode | undefined {
  const body = okJson(answer);
  const deviceCode = asString(body["device_code"]);
  const userCode = asUserCode(body["user_code"]);
  const verificationUri = asHttpsUrl(body["verification_uri"]) ?? asHttpsUrl(body["verification_url"]);
  if (!deviceCode || !userCode || !verificationUri) return undefined;
  return {
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete:
      asHttpsUrl(body["verification_uri_complete"]) ?? asHttpsUrl(body["verification_url_complete"]),
    lifetime: asSeconds(body["expires_in"]) ?? LIFETIME,
    interval: asSeconds(body["interval"]),
  };
}

/** Reads a code to show. Some services send one of digits as a number. */
function asUserCode(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : asLabel(value);
}

/**
 * Names the member because of which {@link readDeviceCode} returns nothing, for an error. Returns `undefined` if the
 * answer is not a success with a device code or a user code.
 */
export function findDeviceCodeFault(answer: HttpAnswer): string | undefined {
  const body = okJson(answer);
  const { device_code: deviceCode, user_code: userCode } = body;
  if (deviceCode === undefined && userCode === undefined) return undefined;
  const members = { device_code: asString(deviceCode), user_code: asUserCode(userCode) };
  for (const [name, text] of Object.entries(members)) {
    if (text === undefined) return body[name] === undefined ? `there is no ${name}` : `${name} is not text`;
  }
  const address = body["verification_uri"] ?? body["verification_url"];
  if (address === undefined || address === null) return "there is no verification_uri";
  const url = typeof address === "string" ? URL.parse(address) : null;
  if (!url) return "verification_uri is not an absolute address";
  if (asHttpsUrl(address) !== undefined) return undefined;
  return url.protocol === "https:"
    ? "verification_uri has a user name, or is too long"
    : `the sign-in page is at ${url.protocol}//${url.host}, which is not https`;
}
