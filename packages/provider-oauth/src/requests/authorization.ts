import { TokenFlowError } from "@tokenflow/core";
import type {
  AuthorizationGrant,
  AuthorizationRequest,
  Call,
  HttpAnswer,
  Redirect,
} from "@tokenflow/core/provider";
import { type ClientAuthentication, otherMethod } from "../server/client-authentication.ts";
import type { Server } from "../server/discovery.ts";
import type { EndpointCache } from "../server/endpoint-cache.ts";
import { createPkce, randomText } from "../server/pkce.ts";
import { forms } from "../wire/forms.ts";
import { toStandardError } from "../wire/service-error.ts";
import { extraParameters, type Form } from "../wire/wire-format.ts";
import type { DeviceCodesOptions } from "./device-codes.ts";
import { authorizationError, refusesClient } from "./oauth-error.ts";
import { notOffered, type Requester } from "./requester.ts";

/** The options of a provider that a sign-in in the browser depends on. */
export interface AuthorizationOptions extends Omit<DeviceCodesOptions, "pkce"> {
  readonly redirectUri?: string | undefined;
}

interface AuthorizationContext {
  readonly name: string;
  /** The parameters of every request for a code or a token. */
  readonly target: Form;
  readonly cache: EndpointCache;
  readonly send: Requester;
  /** Reads the answer to the code. The grant remembers how the client authenticated, if it was not in the first way. */
  readonly granted: (answer: HttpAnswer, authentication?: ClientAuthentication) => AuthorizationGrant;
}

export type Authorize = (redirect: Redirect, call: Call) => Promise<AuthorizationRequest>;

/** Creates the function that prepares a sign-in by the authorization code with PKCE (RFC 6749 §4.1, RFC 7636). */
export function createAuthorize(options: AuthorizationOptions, context: AuthorizationContext): Authorize {
  const {
    clientId,
    clientSecret,
    clientAuthentication,
    scope,
    redirectUri: fixed,
    wireFormat = {},
  } = options;
  const { name, target, cache, send, granted } = context;
  const values = { client_id: clientId, client_secret: undefined, scope };
  const client = { id: clientId, secret: clientSecret };

  return async (redirect, call) => {
    const server = await cache.server(call, "authorization");
    if (server.authorization === undefined) throw notOffered(name, "authorization");
    const redirectUri = await redirect(fixed);
    const { verifier, challenge } = await createPkce();
    const state = randomText();
    const url = new URL(server.authorization);
    const parameters = {
      ...forms.authorize(scope),
      ...extraParameters(wireFormat, "authorize", values),
      ...target,
      response_type: "code",
      client_id: clientId,
      redirect_uri: redirectUri,
      state,
      code_challenge: challenge,
      code_challenge_method: "S256",
    };
    for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);

    return {
      url: url.href,
      state,
      async complete(answer, completing) {
        // Before all else: the rest of another server's answer means nothing, its error included (RFC 9207 §2.4).
        requireIssuer(answer, server, name);
        const code = readCode(answer, name, [state, verifier]);
        const form = {
          ...target,
          ...extraParameters(wireFormat, "code", values),
          ...forms.code(code, redirectUri, verifier),
        };
        const secrets = [code, verifier];
        const exchange = (authentication: ClientAuthentication | undefined): ReturnType<Requester> =>
          send({ endpoint: "token", form, client, authentication, secrets }, completing);
        const first = await exchange(clientAuthentication);
        const isRefused = clientAuthentication === undefined && refusesClient(first.answer);
        // The server has not looked at the code: it did not know yet who sends it.
        const other = isRefused ? otherMethod(first.method) : undefined;
        return other ? granted((await exchange(other)).answer, other) : granted(first.answer);
      },
    };
  };
}

/** @throws `provider.malformed` for an answer of another server, which a mix-up would bring (RFC 9700 §4.4) */
function requireIssuer(answer: URLSearchParams, { statedIssuer, namesIssuer }: Server, name: string): void {
  const named = answer.getAll("iss");
  if (named.length === 0 && !namesIssuer) return;
  if (statedIssuer === undefined || (named.length === 1 && named[0] === statedIssuer)) return;
  throw new TokenFlowError(
    "provider.malformed",
    named.length === 0
      ? `The answer in the browser does not name its server, as ${name} promises`
      : `The answer in the browser is not from ${name}`,
    { hint: "Start the sign-in again. If it repeats, do not trust the page that you were shown." },
  );
}

/** @throws the service's refusal; `provider.malformed` without exactly one code */
function readCode(answer: URLSearchParams, name: string, secrets: readonly string[]): string {
  const error = answer.get("error");
  if (error !== null) throw refusal(error, answer.get("error_description"), name, secrets);
  const [code, ...more] = answer.getAll("code");
  if (code !== undefined && code !== "" && more.length === 0) return code;
  throw new TokenFlowError("provider.malformed", `${name} returned the browser without a code`, {
    hint: "Start the sign-in again.",
  });
}

function refusal(
  error: string,
  description: string | null,
  name: string,
  secrets: readonly string[],
): TokenFlowError {
  const json = { error, ...(description === null ? {} : { error_description: description }) };
  const answer = { status: 400, headers: new Headers(), text: JSON.stringify(json), json };
  return authorizationError(toStandardError(answer, { words: {}, secrets }), name);
}
