export { omitUndefined } from "../base/omit-undefined.ts";
export { readDeviceCode } from "./read-device-code.ts";
export {
  asErrorCode,
  asHttpsUrl,
  asNumber,
  asObject,
  asSeconds,
  asSecret,
  asString,
  asTimestamp,
  asTokenType,
  okJson,
} from "./read-json.ts";
