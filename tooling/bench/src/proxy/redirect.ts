/** Loaded before copilot-api: its requests to GitHub and Copilot go to the bench's own upstream instead. */
const { fetch } = globalThis;

globalThis.fetch = (input, init) => {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input);
  return fetch(`${process.env["BENCH_UPSTREAM"]}${pathname}${search}`, init);
};
