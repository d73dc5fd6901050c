import type { DeviceCode, HttpAnswer } from "@tokenflow/core";
import { isSuccess, LONGEST, linkOf, objectOf, secondsOf, textOf } from "./json.ts";

/** RFC 8628 §3.2 wants `expires_in`; a server that leaves it out ends the code itself. */
const DEVICE_CODE_LIFETIME = 900_000;

/** RFC 8628 §3.2. `verification_url` is how Google spells it. */
export function readDeviceCode({ status, json }: HttpAnswer): DeviceCode | undefined {
  const body = objectOf(json);
  const deviceCode = textOf(body["device_code"]);
  const userCode = textOf(body["user_code"]);
  const verificationUri = linkOf(body["verification_uri"]) ?? linkOf(body["verification_url"]);
  if (!isSuccess(status) || !deviceCode || !userCode || !verificationUri) return undefined;
  const complete = linkOf(body["verification_uri_complete"]) ?? linkOf(body["verification_url_complete"]);
  const lifetime = secondsOf(body["expires_in"]) ?? 0;
  const interval = secondsOf(body["interval"]) ?? 0;
  return {
    deviceCode,
    userCode,
    verificationUri,
    ...(complete ? { verificationUriComplete: complete } : {}),
    lifetime: lifetime > 0 ? Math.min(lifetime, LONGEST) * 1000 : DEVICE_CODE_LIFETIME,
    ...(interval > 0 ? { interval: Math.min(interval, LONGEST) * 1000 } : {}),
  };
}
