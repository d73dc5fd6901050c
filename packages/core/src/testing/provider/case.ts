import type { JsonObject } from "../../base/json.ts";
import type { Call, Grant } from "../../contracts/call.ts";
import type { Provider } from "../../contracts/provider.ts";
import type { FakeCall } from "../fake-call.ts";
import type { Answer } from "../scripted-fetch.ts";

export interface ProviderContractOptions {
  /** Creates the provider under test, once per case. @example () => createAcmeProvider() */
  createProvider(): Provider;
  /** The time at which the fake clock of a case begins. @default the beginning of 2026 @example Date.UTC(2026, 5, 1) */
  readonly now?: number | undefined;
  /** The only origins that the provider may send requests to. @example ["https://login.acme.example"] */
  readonly origins: readonly string[];
  /**
   * Every secret in the grants and answers below, each of 20 characters or more. No error may show one.
   * @example ["acme_device_code_0001", "acme_refresh_token_0001"]
   */
  readonly secrets: readonly string[];
  /**
   * The service's good answer to a request for a device code.
   * @example { json: { device_code, user_code: "ABCD-EFGH", verification_uri, expires_in: 900 } }
   */
  readonly deviceCode: Answer;
  /**
   * The service's answer to the poll after the person approved.
   * @example { json: { refresh_token: refreshToken } }
   */
  readonly granted: Answer;
  /**
   * The service's answer to the code of a sign-in in the browser, if the provider has `authorize`.
   * @default the answer of `granted`
   * @example { json: { access_token: accessToken, refresh_token: refreshToken } }
   */
  readonly authorized?: Answer | undefined;
  /** A grant that is redeemed for a token. @example { refreshToken } */
  readonly grant: Grant;
  /**
   * The answer to that redemption. Its token must be valid for a minute or longer.
   * @example { json: { access_token: accessToken, expires_in: 3600 } }
   */
  readonly redeemed: Answer;
  /** The token in that answer. @example "acme_access_token_0001" */
  readonly accessToken: string;
  /** The new grant, if that answer rotates the grant. @default none @example { refreshToken: nextRefreshToken } */
  readonly rotated?: Grant | undefined;
  /**
   * The answers by which the service declares a grant invalid.
   * @example [{ status: 400, json: { error: "invalid_grant" } }]
   */
  readonly refused: readonly Answer[];
  /**
   * The service's other refusals: of a person without a plan, or of a client.
   * @default []
   * @example [{ status: 401, json: { error: "invalid_client" } }]
   */
  readonly refusals?: readonly Answer[] | undefined;
  /**
   * A grant that must be renewed first, the answer that renews it, and the new grant.
   * @default none
   * @example { grant: expired, answer: { json: renewed }, next: { refreshToken } }
   */
  readonly step?: { readonly grant: Grant; readonly answer: Answer; readonly next: Grant } | undefined;
  /** Returns the body of a poll's error. @default (error) => ({ error }) @example (error) => ({ code: error }) */
  readonly pollError?: ((error: string) => JsonObject) | undefined;
  /**
   * Returns the whole answers to a poll with this error of RFC 8628, for a service that says it by the status or a
   * header. An empty list: the service never says this.
   * @default with the statuses 200 and 400, the body of `pollError`
   * @example (error) => (error === "authorization_pending" ? [{ status: 404 }] : [])
   */
  readonly pollAnswers?: ((error: PollError) => readonly Answer[]) | undefined;
  /**
   * The service's good answer to `identify`, if the provider has it.
   * @default none
   * @example { json: { login: "ada" } }
   */
  readonly identified?: Answer | undefined;
  /**
   * The service's good answer to `upstream.models`, if the provider has it.
   * @default none
   * @example { json: { data: [{ id: "acme-large" }] } }
   */
  readonly models?: Answer | undefined;
  /**
   * The service's good answer to `upstream.usage`, if the provider has it.
   * @default none
   * @example { json: { used: 10, limit: 300 } }
   */
  readonly usage?: Answer | undefined;
  /**
   * Requests of this provider that the contract does not know.
   * @default []
   * @example [{ name: "introspect", answers: [{ json: { active: true } }], ask }]
   */
  readonly extraRequests?: readonly ExtraRequest[] | undefined;
  /**
   * Token details that name addresses of other servers.
   * @default []
   * @example [{ api: "https://attacker.example" }]
   */
  readonly forgedDetails?: readonly JsonObject[] | undefined;
}

/** An error that a poll may have (RFC 8628 §3.5). A service may end a flow with `invalid_grant`, or a word of its own. */
export type PollError =
  | "authorization_pending"
  | "slow_down"
  | "access_denied"
  | "expired_token"
  | "invalid_grant"
  | "a_word_of_the_future";

/** A request outside the contract. Every answer to it must lead to a result or a typed error. */
export interface ExtraRequest {
  readonly name: string;
  /** The service's good answers, each of which suffices. */
  readonly answers: readonly Answer[];
  readonly ask: (call: Call) => Promise<unknown>;
}

/** The tools of a case. */
export interface ProviderTestContext extends FakeCall {
  readonly options: ProviderContractOptions;
  readonly provider: Provider;
  /** Creates another provider with these answers, for a case that tries many. */
  readonly again: (...answers: readonly Answer[]) => ProviderTestContext;
  /** Requires that the promise, if it rejects, shows no secret. */
  readonly ensureSecrecy: (promise: Promise<unknown>, what: string) => Promise<void>;
  /** Requires that the promise rejects with an error without secrets, and returns that error. */
  readonly errorOf: (promise: Promise<unknown>, what: string) => Promise<unknown>;
}

export interface ProviderCase {
  readonly name: string;
  readonly check: (createContext: (...answers: readonly Answer[]) => ProviderTestContext) => Promise<void>;
}
