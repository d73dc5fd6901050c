import { version } from "@tokenflow/core/provider";

/** The names that this client sends. They are its own, never another product's. */
export interface CopilotIdentityOptions {
  /** The `User-Agent` header. @default "TokenFlow/<version>" @example "MyApp/1.0" */
  readonly userAgent?: string | undefined;
  /** The `Editor-Version` header. @default "TokenFlow/<version>" @example "MyApp/1.0" */
  readonly editorVersion?: string | undefined;
  /** The `Editor-Plugin-Version` header. @default "TokenFlow/<version>" @example "MyApp/1.0" */
  readonly editorPluginVersion?: string | undefined;
  /**
   * The integration that exchanged tokens are bound to. The service answers 403 to an unknown one.
   * @default "vscode-chat"; none in direct mode, in which tokens are bound to no integration
   * @example "my-integration"
   */
  readonly integrationId?: string | undefined;
  /**
   * The `X-Initiator` header of authentication calls. On model calls that header says who began the turn.
   * @default "vscode"
   * @example "my-app"
   */
  readonly initiator?: string | undefined;
}

/** The headers for both kinds of calls. Names are in lower case. */
export interface Identity {
  /** For GitHub's and Copilot's authentication calls. */
  readonly authentication: Readonly<Record<string, string>>;
  /** For model calls. */
  readonly model: Readonly<Record<string, string>>;
}

const OURS = `TokenFlow/${version}`;

/** @param options.direct `true` if GitHub tokens are sent to the API without an exchange */
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
