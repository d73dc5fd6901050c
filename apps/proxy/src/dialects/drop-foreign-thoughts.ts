import { isJsonObject, parseJson } from "@tokenflow/core/provider";
import { type Dialect, dropForeignReasoning, SEAL_MARK } from "@tokenflow/dialects";
import type { RequestBody } from "../body/request-body.ts";

const MARK = Buffer.from(SEAL_MARK);

/**
 * Removes thoughts of models that answered in another dialect earlier in the conversation: the service would refuse
 * them. A body without any is returned as it is.
 */
export function dropForeignThoughts(body: RequestBody, dialect: Dialect): RequestBody | Promise<RequestBody> {
  if (!body.mayContain(MARK)) return body;
  return body.edit((plain) => {
    const json = parseJson(Buffer.from(plain).toString());
    if (!isJsonObject(json)) return plain;
    const changed = dropForeignReasoning(json, dialect);
    return changed === json ? plain : Buffer.from(JSON.stringify(changed));
  });
}
