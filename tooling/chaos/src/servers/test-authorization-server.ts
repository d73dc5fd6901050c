/** An answer of the server: a status and a JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The deciding part of an authorization server. `startServer` puts it on a socket. */
export interface TestAuthorizationServer extends AsyncDisposable {
  requestDeviceCode(): Promise<Answer>;
  /** Approves as the person would. */
  approve(userCode: string): Promise<void>;
  token(form: URLSearchParams): Promise<Answer>;
  /** Returns whether the API accepts this access token now. */
  accepts(accessToken: string): Promise<boolean>;
}

/**
 * Makes an authorization server forgive the last spent grant for a while, counted from its first use. It repeats the first
 * answer.
 */
export function withForgiveness(
  server: TestAuthorizationServer,
  {
    forgiveFor,
    elapsed = () => performance.now(),
  }: { readonly forgiveFor: number; readonly elapsed?: (() => number) | undefined },
): TestAuthorizationServer {
  const spent = new Map<string, { readonly answer: Answer; readonly at: number }>();
  const predecessors = new Map<string, string>();
  return {
    ...server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    async token(form) {
      const grant = form.get("refresh_token") ?? "";
      // A client that has the successor no longer needs this one.
      spent.delete(predecessors.get(grant) ?? "");
      const known = spent.get(grant);
      if (known && elapsed() - known.at <= forgiveFor) return known.answer;
      const at = elapsed();
      const answer = await server.token(form);
      const successor = answer.body["refresh_token"];
      if (grant !== "" && typeof successor === "string") {
        spent.set(grant, { answer, at });
        predecessors.set(successor, grant);
      }
      return answer;
    },
  };
}
