import { type HttpAnswer, isJsonObject } from "@tokenflow/core";
import { textOf } from "@tokenflow/core/wire";

/** RFC 8414 §2, as text that nobody has checked yet. */
export interface Metadata {
  readonly issuer?: string | undefined;
  readonly token?: string | undefined;
  readonly deviceAuthorization?: string | undefined;
  readonly revocation?: string | undefined;
  readonly introspection?: string | undefined;
  readonly authenticationMethods?: readonly string[] | undefined;
}

export function readMetadata({ status, json }: HttpAnswer): Metadata | undefined {
  if (status !== 200 || !isJsonObject(json)) return undefined;
  const methods = json["token_endpoint_auth_methods_supported"];
  return {
    issuer: textOf(json["issuer"]),
    token: textOf(json["token_endpoint"]),
    deviceAuthorization: textOf(json["device_authorization_endpoint"]),
    revocation: textOf(json["revocation_endpoint"]),
    introspection: textOf(json["introspection_endpoint"]),
    authenticationMethods: Array.isArray(methods)
      ? methods.filter((method) => typeof method === "string")
      : undefined,
  };
}
