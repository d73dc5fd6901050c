/**
 * What runs in the thread: one call after the other, each in full. Kept as text, since a bundle has no second
 * file to start a thread from. An entry's constructor opens a D-Bus connection (10 ms, and it blocks) that
 * only goes with the thread: a few entries are kept, and after 64 the thread calls itself `exhausted`.
 */
export const keyringProgram = `
const { parentPort, workerData } = require("node:worker_threads");
const { Entry } = require(workerData);
const kept = new Map();
let made = 0;

function entry(service, account) {
  const name = JSON.stringify([service, account]);
  const found = kept.get(name) ?? new Entry(service, account, { linux: { store: "secret-service" } });
  if (!kept.delete(name)) made += 1;
  kept.set(name, found);
  if (kept.size > 8) kept.delete(kept.keys().next().value);
  return found;
}

const acts = {
  get: (entry) => { const secret = entry.getSecret(); return secret && Uint8Array.from(secret); },
  set: (entry, secret) => entry.setSecret(secret),
  delete: (entry) => entry.deleteCredential(),
};

parentPort.on("message", ({ act, service, account, secret }) => {
  try {
    const value = acts[act](entry(service, account), secret) ?? undefined;
    parentPort.postMessage({ value, exhausted: made > 64 });
  } catch (error) {
    // The connection may be dead: the next call makes a new one.
    parentPort.postMessage({ failure: String(error.message), exhausted: true });
  }
});
`;
