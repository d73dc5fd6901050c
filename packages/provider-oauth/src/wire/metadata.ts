import { asString, type HttpAnswer, isJsonObject, omitUndefined } from "@tokenflow/core/provider";

/** The metadata of RFC 8414 §2, unchecked. */
export interface Metadata {
  readonly issuer?: string | undefined;
  readonly token?: string | undefined;
  readonly authorization?: string | undefined;
  readonly deviceAuthorization?: string | undefined;
  readonly revocation?: string | undefined;
  readonly introspection?: string | undefined;
  readonly registration?: string | undefined;
  readonly authenticationMethods?: readonly string[] | undefined;
  /** True if every authorization response names the issuer (RFC 9207). */
  readonly namesIssuer?: boolean | undefined;
  /** `code_challenge_methods_supported` (RFC 7636). */
  readonly challengeMethods?: readonly string[] | undefined;
  readonly grantTypes?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** True if the server reads the client's metadata at an address that is its id. */
  readonly readsClientMetadata?: boolean | undefined;
  /** True if the server can bind tokens to a key of the client (RFC 9449). */
  readonly bindsTokens?: boolean | undefined;
}

export function readMetadata({ status, json }: HttpAnswer): Metadata | undefined {
  if (status !== 200 || !isJsonObject(json)) return undefined;
  return omitUndefined({
    bindsTokens: Array.isArray(json["dpop_signing_alg_values_supported"]) ? true : undefined,
    issuer: asString(json["issuer"]),
    token: asString(json["token_endpoint"]),
    authorization: asString(json["authorization_endpoint"]),
    deviceAuthorization: asString(json["device_authorization_endpoint"]),
    revocation: asString(json["revocation_endpoint"]),
    introspection: asString(json["introspection_endpoint"]),
    registration: asString(json["registration_endpoint"]),
    authenticationMethods: texts(json["token_endpoint_auth_methods_supported"]),
    namesIssuer: json["authorization_response_iss_parameter_supported"] === true || undefined,
    challengeMethods: texts(json["code_challenge_methods_supported"]),
    grantTypes: texts(json["grant_types_supported"]),
    scopes: texts(json["scopes_supported"]),
    readsClientMetadata: json["client_id_metadata_document_supported"] === true || undefined,
  });
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}
