import { UsageError } from "@tokenflow/common";
import type { Provider, Upstream } from "@tokenflow/core";
import type { Option } from "../cli/command.ts";

/** For commands that send requests. */
export const UPSTREAM_OPTIONS: { readonly upstream: Option & { readonly type: "string" } } = {
  upstream: {
    type: "string",
    value: "url",
    help: "oauth: the API that the tokens are for, https://api.example.org/v1; they are sent nowhere else",
  },
};

/** @throws UsageError for a provider whose tokens have a place to go already */
export function withUpstream(provider: Provider, upstream: Upstream): Provider {
  if (!provider.upstream) return { ...provider, upstream };
  throw new UsageError(
    `${provider.name} has an API of its own, and its tokens go nowhere else`,
    "Leave --upstream out.",
  );
}

/** @throws UsageError for a provider whose tokens open no API that we know */
export function requireUpstream({ name, upstream }: Provider): Upstream {
  if (upstream) return upstream;
  throw new UsageError(
    `nothing says which API the tokens of ${name} open`,
    "Name it with --upstream https://…",
  );
}
