import { asString, type HttpAnswer, isJsonObject } from "@tokenflow/core/provider";

/** The metadata of RFC 8414 §2, unchecked. */
export interface Metadata {
  readonly issuer?: string | undefined;
  readonly token?: string | undefined;
  readonly deviceAuthorization?: string | undefined;
  readonly revocation?: string | undefined;
  readonly introspection?: string | undefined;
  readonly registration?: string | undefined;
  readonly authenticationMethods?: readonly string[] | undefined;
  /** True if the server can bind tokens to a key of the client (RFC 9449). */
  readonly bindsTokens?: boolean | undefined;
}

export function readMetadata({ status, json }: HttpAnswer): Metadata | undefined {
  if (status !== 200 || !isJsonObject(json)) return undefined;
  const methods = json["token_endpoint_auth_methods_supported"];
  return {
    bindsTokens: Array.isArray(json["dpop_signing_alg_values_supported"]) ? true : undefined,
    issuer: asString(json["issuer"]),
    token: asString(json["token_endpoint"]),
    deviceAuthorization: asString(json["device_authorization_endpoint"]),
    revocation: asString(json["revocation_endpoint"]),
    introspection: asString(json["introspection_endpoint"]),
    registration: asString(json["registration_endpoint"]),
    authenticationMethods: Array.isArray(methods)
      ? methods.filter((method) => typeof method === "string")
      : undefined,
  };
}
