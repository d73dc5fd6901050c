export { readDeviceCode } from "./read-device-code.ts";
export {
  dropAbsent,
  durationOf,
  linkOf,
  momentOf,
  numberOf,
  objectOf,
  schemeOf,
  secretOf,
  successOf,
  textOf,
  wordOf,
} from "./read-json.ts";
