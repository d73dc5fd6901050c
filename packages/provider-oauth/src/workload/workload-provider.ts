import { type Grant, type Provider, TokenFlowError } from "@tokenflow/core";
import {
  type Call,
  type HttpAnswer,
  isRefusedGrant,
  omitUndefined,
  type Redemption,
  readServiceError,
  requireSafeUrl,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";
import { oauthError, tokenError } from "../requests/oauth-error.ts";
import { createRequester } from "../requests/requester.ts";
import { createEndpointCache } from "../server/endpoint-cache.ts";
import { forms } from "../wire/forms.ts";
import { readTokenAnswer } from "../wire/token-answer.ts";
import type { Form } from "../wire/wire-format.ts";
import type { PlatformToken } from "./platform-token.ts";
import type { WorkloadGrant, WorkloadProviderOptions } from "./workload-options.ts";

const GRANT_TYPES: Readonly<Record<WorkloadGrant, string>> = {
  client_credentials: "client_credentials",
  "jwt-bearer": "urn:ietf:params:oauth:grant-type:jwt-bearer",
  "token-exchange": "urn:ietf:params:oauth:grant-type:token-exchange",
};
const CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT = "urn:ietf:params:oauth:token-type:jwt";

/** A provider whose sessions need no person. */
export interface WorkloadProvider extends Provider {
  /** The grant of its sessions: how tokens are asked for. It holds no secret. */
  readonly grant: Grant;
}

/**
 * Creates a provider for a program that proves itself by its platform's token or by its client's secret. Give its
 * `grant` to the manager.
 * @throws `provider.misconfigured` if credentials may not be sent to an address, or if the grant lacks its proof
 * @example
 * const workload = createWorkloadProvider({ issuer, grant: "jwt-bearer", assertion: envToken(process.env, "ID_TOKEN") });
 * const tokens = createTokenManager({ provider: workload, grant: workload.grant });
 */
export function createWorkloadProvider(options: WorkloadProviderOptions): WorkloadProvider {
  const {
    grant: kind,
    clientId = "",
    clientSecret,
    clientAuthentication,
    wireFormat = {},
    upstream,
  } = options;
  const base = options.issuer ?? options.endpoints.token;
  const { host } = requireSafeUrl(base);
  const { id = `oauth:${host}`, name = host } = options;
  for (const url of Object.values({ ...options.endpoints })) if (url !== undefined) requireSafeUrl(url);
  requireProof(options);
  const server = withoutTrailingSlash(base);
  const grant = omitUndefined({ server, clientId: clientId || undefined, workload: kind });
  const send = createRequester({
    name,
    cache: createEndpointCache(options),
    wireFormat,
    words: wireFormat.words ?? {},
  });

  return {
    id,
    name,
    client: `${server} ${clientId} ${kind}`,
    grant,
    requestDeviceCode: () => Promise.reject(noPerson(name)),
    pollDeviceCode: () => Promise.reject(noPerson(name)),
    grantReplay: () => "always",

    async redeem(held, call): Promise<Redemption> {
      requireSameGrant(held, grant);
      const form = await fillForm(options, call);
      const secrets = [form["assertion"], form["subject_token"], form["client_assertion"]];
      const client = { id: clientId, secret: clientSecret };
      const authentication = form["client_assertion"] === undefined ? clientAuthentication : "none";
      const request = { endpoint: "token", form, client, authentication, secrets } as const;
      const { answer } = await send(request, call);
      // A refresh token would be another grant, and is not needed.
      const { token } = readTokenAnswer(answer, { tokenLifetime: options.tokenLifetime, keepIdToken: false });
      const wrong = tokenError(answer, name);
      if (token && !wrong) return { token };
      throw wrong ?? workloadError(answer, name);
    },
    ...(upstream ? { upstream } : {}),
  };
}

/** Reads the platform's tokens, and returns the form of the request. */
async function fillForm(options: WorkloadProviderOptions, call: Call): Promise<Form> {
  const { grant, assertion, clientAssertion, scope, audience, resource, parameters } = options;
  const proof = assertion && grant !== "client_credentials" ? await readToken(assertion, call) : undefined;
  const clientProof = clientAssertion ? await readToken(clientAssertion, call) : undefined;
  return {
    ...parameters,
    ...forms.target(audience, resource),
    grant_type: GRANT_TYPES[grant],
    ...present({ scope }),
    ...(grant === "jwt-bearer" ? present({ assertion: proof }) : {}),
    ...(grant === "token-exchange"
      ? present({
          subject_token: proof,
          subject_token_type: options.subjectTokenType ?? parameters?.["subject_token_type"] ?? JWT,
          requested_token_type: options.requestedTokenType,
        })
      : {}),
    ...(clientProof === undefined
      ? {}
      : { client_assertion_type: CLIENT_ASSERTION, client_assertion: clientProof }),
  };
}

/** @throws `provider.misconfigured` for text that is no token; it is not shown */
async function readToken(read: PlatformToken, call: Call): Promise<string> {
  const token = (await read(call)).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw misconfigured(
    token === "" ? "The platform gave no token" : "The platform's token is not one word of plain characters",
    "Check the file, the variable or the command that it comes from.",
  );
}

/** @throws `provider.misconfigured` for a session that was made with another server, client or grant */
function requireSameGrant(held: Grant, own: Grant): void {
  const isSame = ["server", "clientId", "workload"].every((name) => held[name] === own[name]);
  if (isSame) return;
  throw misconfigured(
    "The stored session belongs to another server, client or grant",
    "Use the settings of that session, or sign in again.",
  );
}

/** @throws `provider.misconfigured` if the server could not know who asks */
function requireProof({ grant, assertion, clientSecret, clientAssertion }: WorkloadProviderOptions): void {
  if (grant === "client_credentials") {
    if (clientSecret !== undefined || clientAssertion) return;
    throw misconfigured(
      "client_credentials needs the client's secret or an assertion",
      "Give one of the two.",
    );
  }
  if (assertion) return;
  throw misconfigured(`${grant} needs the platform's token`, "Say where it is read.");
}

/**
 * Makes the error of a refusal. It never ends the session: the next token of the platform may be accepted, or the
 * service's rules change.
 */
function workloadError(answer: HttpAnswer, service: string): TokenFlowError {
  if (!isRefusedGrant(answer)) return oauthError(answer, service);
  const { code: reason, description } = readServiceError(answer);
  const said = description === undefined ? "" : `: ${description}`;
  return new TokenFlowError("provider.misconfigured", `${service} does not accept this workload${said}`, {
    status: answer.status,
    reason,
    hint: "Compare the issuer, the subject and the audience of the platform's token with what the service expects.",
    grantUnused: true,
  });
}

function noPerson(name: string): TokenFlowError {
  return misconfigured(
    `${name} is used without a person`,
    "Nobody signs in: the platform's token or the client's secret is enough.",
  );
}

function misconfigured(message: string, hint: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint, grantUnused: true });
}

function present(form: Readonly<Record<string, string | undefined>>): Form {
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
