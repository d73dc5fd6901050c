// The package brings no types: what is used of it here.
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    use(
      middleware: (context: { path: string; body: object }, next: () => Promise<void>) => Promise<void>,
    ): void;
    callback(): RequestListener;
  }
}
