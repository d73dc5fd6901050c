import { asObject, type HttpAnswer, type UpstreamAnswer } from "@tokenflow/core/provider";
import { readFailure } from "../wire/failure.ts";
import { isRateLimited } from "./exchange-error.ts";

/** Why this app or this editor is refused, as opposed to the person, the plan, a policy or a limit. */
export type AppRefusal = "not_found" | "forbidden" | "unknown_editor" | "integration_required";

/** `bad request: unknown Editor-Version header for IDE auth`, from the exchange or the API; or our own word for it. */
const UNKNOWN_EDITOR = /\bunknown editor-version\b|\bunknown_editor\b/i;
/** `bad request: missing required Copilot-Integration-Id header`, or our own word for it. */
const INTEGRATION_REQUIRED =
  /\bmissing (?:a |the )?(?:required )?copilot-integration-id\b|\bintegration_required\b/i;
/**
 * Words of a 403 that is not about the app: a policy, a plan, a limit, automated use, or the account itself. Such a
 * refusal is final. A word too many in this list costs a person one setting; a word too few works around a refusal.
 */
const ABOUT_THE_PERSON =
  /saml|\bsso\b|single sign|ip.allow|polic|restrict|suspend|block|billing|payment|abuse|automat|programmatic|\bterms\b|limit|quota|(?:dis|en)abled|subscri|\bplans?\b|\bseats?\b|licen[sc]e|spam|flagged|enforc|violat|upgrade|entitle|administrator|organi[sz]ation|enterprise|access to (?:github )?copilot/i;

/** The members of GitHub's standard error. Copilot's own refusals have others beside them. */
const STANDARD: ReadonlySet<string> = new Set(["message", "documentation_url", "status", "request_id"]);

/**
 * Reads a refusal of the exchange that is about this app or this editor alone: a 404, a 403 in the standard shape of
 * GitHub's API, or an unknown editor. Returns `undefined` for everything else: GitHub's notices, limits, 401 and 5xx.
 */
export function readAppRefusal(answer: HttpAnswer): AppRefusal | undefined {
  const { status, text, json } = answer;
  const { shape, sentence } = readFailure(answer);
  if (status < 400 || status >= 500 || status === 401 || status === 429) return undefined;
  if (shape === "notice" || isRateLimited(answer) || /^\s*</.test(text)) return undefined;
  const ofEditor = readEditorRefusal(sentence ?? text);
  if (ofEditor) return ofEditor;
  if (ABOUT_THE_PERSON.test(sentence ?? text)) return undefined;
  if (status === 404) return "not_found";
  const isStandard = shape === "standard" && Object.keys(asObject(json)).every((name) => STANDARD.has(name));
  return status === 403 && isStandard ? "forbidden" : undefined;
}

/** Reads an answer of the API that refuses the editor, or that wants the name of an integration which we do not have. */
export function readApiRefusal({ status, body }: UpstreamAnswer): AppRefusal | undefined {
  return status === 400 || status === 403 ? readEditorRefusal(body) : undefined;
}

function readEditorRefusal(text: string): AppRefusal | undefined {
  if (UNKNOWN_EDITOR.test(text)) return "unknown_editor";
  return INTEGRATION_REQUIRED.test(text) ? "integration_required" : undefined;
}

/** Names a refusal for people. */
export const APP_REFUSALS: Readonly<Record<AppRefusal, string>> = {
  not_found: "GitHub answered 404 to the exchange: it is not open to this app",
  forbidden: "GitHub answered 403 to the exchange: it is not open to this app",
  unknown_editor: "the service does not know this editor",
  integration_required: "the API requires the name of an integration",
};
