// The package brings no types: what is used of it here.
declare module "oidc-provider" {
  import type { IncomingMessage, RequestListener } from "node:http";

  export interface ProviderContext {
    readonly path: string;
    readonly req: IncomingMessage;
    body: object;
    /** Absent until it has read a request of its own. */
    readonly oidc?: { readonly params?: Readonly<Record<string, string | undefined>> };
  }

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    use(middleware: (context: ProviderContext, next: () => Promise<void>) => Promise<void>): void;
    callback(): RequestListener;
  }
}
