export { type CopilotOptionsFromEnv, copilotOptionsFromEnv } from "../service/options-from-env.ts";
export { type CopilotApi, type CopilotApiOptions, copilotApi } from "./address.ts";
