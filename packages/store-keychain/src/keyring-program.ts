/**
 * What runs in the thread: one call after the other, each in full. Kept as text, since a bundle has no second
 * file to start a thread from. The constructor belongs here too: it opens D-Bus and blocks while it does.
 */
export const keyringProgram = `
const { parentPort, workerData } = require("node:worker_threads");
const { Entry } = require(workerData);
const acts = {
  get: (entry) => { const secret = entry.getSecret(); return secret && Uint8Array.from(secret); },
  set: (entry, secret) => entry.setSecret(secret),
  delete: (entry) => entry.deleteCredential(),
};
parentPort.on("message", ({ act, service, account, secret }) => {
  try {
    const entry = new Entry(service, account, { linux: { store: "secret-service" } });
    parentPort.postMessage({ value: acts[act](entry, secret) ?? undefined });
  } catch (error) {
    parentPort.postMessage({ failure: String(error.message) });
  }
});
`;
