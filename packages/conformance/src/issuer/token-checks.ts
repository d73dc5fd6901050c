import { rfc } from "../scenarios/scenario.ts";
import { type Check, errorOf, NotOffered, pause, signIn, signInForRefresh, unlessError } from "./check.ts";

/** What a client may rely on once the person has approved. */
export const TOKEN_CHECKS: readonly Check[] = [
  {
    id: "issues-a-token",
    level: "MUST",
    clause: rfc(6749, "5.1"),
    title: "answers with a token after the approval, which no cache may keep",
    async run(client) {
      const [, answer] = await signIn(client);
      if (typeof answer.json["access_token"] !== "string") return `it answered ${errorOf(answer)}`;
      if (typeof answer.json["token_type"] !== "string") return "there is no token_type";
      const kept = answer.headers.get("cache-control");
      return kept?.includes("no-store")
        ? undefined
        : `Cache-Control is ${JSON.stringify(kept)}, not no-store`;
    },
  },
  {
    id: "accepts-a-code-once",
    level: "BEYOND",
    clause: rfc(6749, "4.1.2"),
    title: "refuses a device code that has brought a token",
    async run(client) {
      const [code, first] = await signIn(client);
      if (typeof first.json["access_token"] !== "string") return `it issued no token: ${errorOf(first)}`;
      await pause(code.interval);
      // A server that removes a used code cannot tell it from one that it has not issued.
      return unlessError(await client.poll(code), "invalid_grant", "expired_token", "invalid_request");
    },
  },
  {
    id: "refreshes",
    level: "MUST",
    clause: rfc(6749, "6"),
    title: "answers a refresh token with a new access token",
    async run(client) {
      const answer = await client.refresh(await signInForRefresh(client));
      return typeof answer.json["access_token"] === "string" ? undefined : `it answered ${errorOf(answer)}`;
    },
  },
  {
    id: "refuses-a-spent-refresh-token",
    level: "BEYOND",
    clause: rfc(9700, "4.14.2"),
    title: "refuses a refresh token that was rotated",
    async run(client) {
      const first = await signInForRefresh(client);
      const { json } = await client.refresh(first);
      if (typeof json["refresh_token"] !== "string" || json["refresh_token"] === first) {
        throw new NotOffered("it does not rotate refresh tokens");
      }
      return unlessError(await client.refresh(first), "invalid_grant");
    },
  },
  {
    id: "revokes",
    level: "MUST",
    clause: rfc(7009, "2.1"),
    title: "refuses a refresh token that was revoked",
    async run(client) {
      const { revocation } = await client.endpoints();
      if (revocation === undefined) throw new NotOffered("it names no revocation endpoint");
      const token = await signInForRefresh(client);
      const answer = await client.post(revocation, { token });
      if (answer.status !== 200) return `the revocation was answered ${errorOf(answer)}`;
      return unlessError(await client.refresh(token), "invalid_grant");
    },
  },
];
