import { version } from "@tokenflow/core/provider";

/** How this client introduces itself. It names itself, never another product's version. */
export interface CopilotIdentityOptions {
  /** @default "TokenFlow/<version>" */
  readonly userAgent?: string | undefined;
  /** @default "TokenFlow/<version>" */
  readonly editorVersion?: string | undefined;
  /** @default "TokenFlow/<version>" */
  readonly editorPluginVersion?: string | undefined;
  /**
   * The integration that exchanged tokens are bound to; the service answers 403 to one that it does not know.
   * @default "vscode-chat", and none in direct mode, where tokens are bound to nothing
   */
  readonly integrationId?: string | undefined;
  /** `X-Initiator` on authentication calls only; on model calls that header says who began the turn. @default "vscode" */
  readonly initiator?: string | undefined;
}

/** The same identity for both kinds of calls. Names are in lower case. */
export interface Identity {
  /** For GitHub's and Copilot's authentication calls. */
  readonly authentication: Readonly<Record<string, string>>;
  /** For model calls. */
  readonly model: Readonly<Record<string, string>>;
}

const OURS = `TokenFlow/${version}`;

/** @param options.direct whether GitHub tokens are used as they are */
export function createIdentity(
  options: CopilotIdentityOptions & { readonly direct?: boolean | undefined } = {},
): Identity {
  const {
    direct = false,
    userAgent = OURS,
    editorVersion = OURS,
    editorPluginVersion = OURS,
    integrationId = direct ? undefined : "vscode-chat",
    initiator = "vscode",
  } = options;
  const model = {
    "user-agent": userAgent,
    "editor-version": editorVersion,
    "editor-plugin-version": editorPluginVersion,
    ...(integrationId === undefined ? {} : { "copilot-integration-id": integrationId }),
  };
  return { model, authentication: { ...model, "x-initiator": initiator } };
}
