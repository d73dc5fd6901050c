export {
  type CopilotSignIns,
  type FindSignInsOptions,
  type FoundSignIn,
  findCopilotSignIns,
  type UnusableSignIn,
} from "./find-sign-ins.ts";
export { type SignInReader, systemReader } from "./reader.ts";
