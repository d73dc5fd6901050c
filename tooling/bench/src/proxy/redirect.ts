/** Loaded before copilot-api: sends its requests for GitHub and Copilot to the bench's upstream. */
const { fetch } = globalThis;

globalThis.fetch = (input, init) => {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input);
  return fetch(`${process.env["BENCH_UPSTREAM"]}${pathname}${search}`, init);
};
