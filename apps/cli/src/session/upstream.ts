import { UsageError } from "@tokenflow/common";
import type { Provider, Upstream } from "@tokenflow/core";
import type { Option } from "../cli/command.ts";

/** Options of commands that send requests. */
export const UPSTREAM_OPTIONS: { readonly upstream: Option & { readonly type: "string" } } = {
  upstream: {
    type: "string",
    value: "url",
    help: "oauth: the API of the tokens, such as https://api.example.org/v1; they are sent nowhere else",
  },
};

/** @throws UsageError for a provider that has its own API */
export function withUpstream(provider: Provider, upstream: Upstream): Provider {
  if (!provider.upstream) return { ...provider, upstream };
  throw new UsageError(
    `${provider.name} has its own API, and its tokens are sent nowhere else`,
    "Remove --upstream.",
  );
}

/** @throws UsageError for a provider without a known API */
export function requireUpstream({ name, upstream }: Provider): Upstream {
  if (upstream) return upstream;
  throw new UsageError(`no API is known for the tokens of ${name}`, "Give its URL: --upstream https://…");
}
