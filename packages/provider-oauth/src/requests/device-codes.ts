import type { DeviceCode } from "@tokenflow/core";
import {
  asObject,
  type Call,
  type HttpAnswer,
  type JsonObject,
  readDeviceCode,
  readServiceError,
} from "@tokenflow/core/provider";
import { type ClientAuthentication, otherMethod } from "../server/client-authentication.ts";
import { createPkce, type Pkce } from "../server/pkce.ts";
import { forms } from "../wire/forms.ts";
import { extraParameters, type Form, type WireFormat } from "../wire/wire-format.ts";
import { oauthError, refusesClient } from "./oauth-error.ts";
import type { OAuthAnswer, Requester } from "./requester.ts";

/** An answer to a poll. */
export interface PolledAnswer extends Pick<OAuthAnswer, "answer" | "bindsTokens"> {
  /** How the client authenticated, if it was not in the first way. The grant remembers it. */
  readonly authentication: ClientAuthentication | undefined;
  /** True if the server refused only the way in which the client authenticated. The next poll uses the other one. */
  readonly isRefusedMethod: boolean;
  /** True if the sign-in has PKCE. */
  readonly hadProof: boolean;
}

/** The requests of a sign-in: for a device code, and to poll it. */
export interface DeviceCodes {
  /**
   * Asks for a code with one request. It is repeated once in the other way if the server refuses the client's way to
   * authenticate, and once with PKCE if the server asks for it.
   */
  request(call: Call): Promise<DeviceCode>;
  poll(code: DeviceCode, call: Call): Promise<PolledAnswer>;
}

/** The options of a provider that a sign-in depends on. */
export interface DeviceCodesOptions {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly clientAuthentication?: ClientAuthentication | undefined;
  readonly scope?: string | undefined;
  readonly pkce?: boolean | undefined;
  readonly wireFormat?: WireFormat | undefined;
}

interface DeviceCodesContext {
  readonly name: string;
  /** The parameters of every request for a code or a token. */
  readonly target: Form;
  readonly send: Requester;
}

export function createDeviceCodes(
  options: DeviceCodesOptions,
  { name, target, send }: DeviceCodesContext,
): DeviceCodes {
  const { clientId, clientSecret, clientAuthentication, scope, pkce = false, wireFormat = {} } = options;
  const client = { id: clientId, secret: clientSecret };
  /** The way to authenticate of a code whose first poll was refused for it. */
  const changed = new WeakMap<DeviceCode, ClientAuthentication>();

  const ask = (
    authentication: ClientAuthentication | undefined,
    pair: Pkce | undefined,
    call: Call,
  ): Promise<OAuthAnswer> => {
    const values = { client_id: clientId, client_secret: clientSecret, scope };
    const form = {
      ...target,
      ...extraParameters(wireFormat, "device", values),
      ...forms.deviceCode(scope, pair?.challenge),
    };
    return send({ endpoint: "deviceAuthorization", form, client, authentication, secrets: [] }, call);
  };

  return {
    async request(call) {
      let authentication = clientAuthentication;
      let pair = pkce ? await createPkce() : undefined;
      for (;;) {
        const { answer, method } = await ask(authentication, pair, call);
        const code = readDeviceCode(answer);
        const isOther = authentication !== clientAuthentication;
        if (code)
          return withContext(code, { verifier: pair?.verifier, method: isOther ? method : undefined });
        if (!pair && wantsPkce(answer)) {
          pair = await createPkce();
        } else if (
          !isOther &&
          clientAuthentication === undefined &&
          refusesClient(answer) &&
          otherMethod(method)
        ) {
          authentication = otherMethod(method);
        } else {
          throw oauthError(answer, name, pair !== undefined);
        }
      }
    },

    async poll(code, call) {
      const { verifier, method: known } = readContext(code.context);
      const authentication = changed.get(code) ?? known;
      const { deviceCode, userCode } = code;
      const values = {
        client_id: clientId,
        client_secret: clientSecret,
        device_code: deviceCode,
        user_code: userCode,
        scope,
      };
      const form = {
        ...target,
        ...extraParameters(wireFormat, "poll", values),
        ...forms.poll(deviceCode, verifier, wireFormat.deviceGrantType),
      };
      const { answer, method, bindsTokens } = await send(
        {
          endpoint: "poll",
          form,
          client,
          authentication: clientAuthentication ?? authentication,
          secrets: [deviceCode, verifier],
        },
        call,
      );
      const other = otherMethod(method);
      const mayChange = clientAuthentication === undefined && authentication === undefined;
      const isRefusedMethod = mayChange && other !== undefined && refusesClient(answer);
      if (isRefusedMethod) changed.set(code, other);
      return { answer, bindsTokens, authentication, isRefusedMethod, hadProof: verifier !== undefined };
    },
  };
}

/** Returns `true` if the server asks for a code challenge, which only its sentence says. */
function wantsPkce(answer: HttpAnswer): boolean {
  const { code, description = "" } = readServiceError(answer);
  return code !== undefined && /code_challenge|\bpkce\b/i.test(description);
}

interface CodeContext {
  readonly verifier: string | undefined;
  readonly method: ClientAuthentication | undefined;
}

function withContext(code: DeviceCode, { verifier, method }: CodeContext): DeviceCode {
  if (verifier === undefined && method === undefined) return code;
  const context: JsonObject = {
    ...(verifier === undefined ? {} : { verifier }),
    ...(method === undefined ? {} : { method }),
  };
  return { ...code, context };
}

function readContext(context: JsonObject | undefined): CodeContext {
  const { verifier, method } = asObject(context);
  const isOther = method === "client_secret_basic" || method === "client_secret_post";
  return {
    verifier: typeof verifier === "string" ? verifier : undefined,
    method: isOther ? method : undefined,
  };
}
