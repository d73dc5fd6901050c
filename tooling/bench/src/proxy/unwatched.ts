/** The proxy as a program of one's own imports it: without the monitor, and so without metrics and dashboard. */
import { createMemoryStore, createTokenManager } from "@tokenflow/core";
import {
  copilotCredentialsFromEnv,
  copilotOptionsFromEnv,
  createCopilotProvider,
} from "@tokenflow/provider-copilot";
import { createProxy } from "@tokenflow/proxy";

const { env } = process;
const manager = createTokenManager({
  provider: createCopilotProvider(copilotOptionsFromEnv(env)),
  store: createMemoryStore(),
  ...copilotCredentialsFromEnv(env),
});
const { url } = await createProxy({ sessions: [{ manager }], port: 0 }).listen();
process.stdout.write(`${new URL(url).port}\n`);
