/** Under workerd: the addresses are the request, the results are the answer. */
import { createFetch, createTokenManager, type TokenManager } from "@tokenflow/core";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import type { Addresses } from "./scenario.ts";
import { runSmoke } from "./smoke.ts";

/** As Workers are written: made while the module is loaded, where nothing random or timed is allowed. */
const manager: TokenManager = createTokenManager({ provider: createCopilotProvider() });
createFetch(manager);

const worker: { fetch(request: Request): Promise<Response> } = {
  fetch: async (request) => Response.json(await runSmoke((await request.json()) as Addresses)),
};

// oxlint-disable-next-line import/no-default-export -- A worker is its module's default export.
export default worker;
