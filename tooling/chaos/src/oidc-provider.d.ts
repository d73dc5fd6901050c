// The package brings no types: what is used of it here.
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  export interface ProviderConfiguration {
    readonly clients: readonly Readonly<Record<string, unknown>>[];
    readonly [setting: string]: unknown;
  }

  export class Provider {
    constructor(issuer: string, configuration: ProviderConfiguration);
    callback(): RequestListener;
  }
}
