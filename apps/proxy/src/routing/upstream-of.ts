import { type Provider, TokenFlowError, type Upstream } from "@tokenflow/core";

/** @throws `provider.misconfigured` for a provider whose tokens open no API that we know */
export function upstreamOf({ id, upstream }: Provider): Upstream {
  if (upstream) return upstream;
  throw new TokenFlowError("provider.misconfigured", `${id} has no upstream to pass requests to`, {
    hint: "Give its provider one.",
  });
}
