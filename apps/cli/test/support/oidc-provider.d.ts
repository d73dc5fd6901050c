// The module ships no types; these are the parts that only the tests here use.
declare module "oidc-provider" {
  interface Provider {
    use(
      middleware: (context: { path: string; body: object }, next: () => Promise<void>) => Promise<void>,
    ): void;
    readonly DeviceCode: { findByUserCode(userCode: string): Promise<DeviceCode | undefined> };
    readonly Grant: new (facts: { accountId: string; clientId: string }) => Grant;
  }
  interface DeviceCode {
    readonly clientId: string;
    readonly params: { readonly scope: string };
    save(): Promise<string>;
  }
  interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }
}
