import { omitUndefined, version } from "@tokenflow/core/provider";

/** The names that this client sends. They are its own, never another product's. */
export interface CopilotIdentityOptions {
  /** The `User-Agent` header. @default "TokenFlow/<version>" @example "MyApp/1.0" */
  readonly userAgent?: string | undefined;
  /** The `Editor-Version` header. @default "TokenFlow/<version>" @example "MyApp/1.0" */
  readonly editorVersion?: string | undefined;
  /** The `Editor-Plugin-Version` header. @default "TokenFlow/<version>" @example "MyApp/1.0" */
  readonly editorPluginVersion?: string | undefined;
  /**
   * The `Copilot-Integration-Id` header, which decides quota and models. Set it only to a name that GitHub gave you.
   * @default none
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
  /** For model calls with a Copilot token. */
  readonly model: Readonly<Record<string, string>>;
  /** For model calls with the GitHub token itself, which is bound to no editor. */
  readonly direct: Readonly<Record<string, string>>;
}

const OURS = `TokenFlow/${version}`;

export function createIdentity(options: CopilotIdentityOptions = {}): Identity {
  const {
    userAgent = OURS,
    editorVersion,
    editorPluginVersion,
    integrationId,
    initiator = "vscode",
  } = options;
  const direct = omitUndefined({
    "user-agent": userAgent,
    "editor-version": editorVersion,
    "editor-plugin-version": editorPluginVersion,
    "copilot-integration-id": integrationId,
  });
  const model = { "editor-version": OURS, "editor-plugin-version": OURS, ...direct };
  return { model, direct, authentication: { ...model, "x-initiator": initiator } };
}
