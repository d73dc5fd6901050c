import type { Answer, TestAuthorizationServer } from "./test-authorization-server.ts";

/**
 * Makes an authority forgive the last spent grant for a while, counted from its first use, by giving the same
 * answer again.
 */
export function withForgiveness(
  authority: TestAuthorizationServer,
  {
    forgiveFor,
    elapsed = () => performance.now(),
  }: { readonly forgiveFor: number; readonly elapsed?: (() => number) | undefined },
): TestAuthorizationServer {
  const spent = new Map<string, { readonly answer: Answer; readonly at: number }>();
  const predecessors = new Map<string, string>();
  return {
    ...authority,
    [Symbol.asyncDispose]: () => authority[Symbol.asyncDispose](),
    async token(form) {
      const grant = form.get("refresh_token") ?? "";
      // Whoever has the successor has forgotten this one.
      spent.delete(predecessors.get(grant) ?? "");
      const known = spent.get(grant);
      if (known && elapsed() - known.at <= forgiveFor) return known.answer;
      const at = elapsed();
      const answer = await authority.token(form);
      const successor = answer.body["refresh_token"];
      if (grant !== "" && typeof successor === "string") {
        spent.set(grant, { answer, at });
        predecessors.set(successor, grant);
      }
      return answer;
    },
  };
}
