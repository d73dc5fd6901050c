import { canOpenBrowser, createBrowser } from "@tokenflow/browser";
import { isTokenFlowError, type TokenFlowError, type TokenManager } from "@tokenflow/core";

/** The page that a person opens to sign in. */
export interface Link {
  /** Random, for the notice that the sign-in is done. */
  readonly id: string;
  readonly url: string;
  /** The code to enter there, if it is not part of the link. */
  readonly userCode?: string | undefined;
}

/** The sign-in of a bridge: one at a time, however many requests wait for it. */
export interface BridgeSignIn {
  /**
   * Returns the link of the sign-in under way, or begins one. Never waits for a person.
   * @throws the reason why nobody can sign in
   */
  begin(): Promise<Link>;
  /** The failure of the last one, until one succeeds. */
  readonly failure: TokenFlowError | undefined;
}

export interface BridgeSignInOptions {
  readonly manager: TokenManager;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Called after a sign-in, with the ids of its links. */
  readonly onDone: (ids: readonly string[]) => void;
}

export function createBridgeSignIn({ manager, env, signal, onDone }: BridgeSignInOptions): BridgeSignIn {
  let link: Promise<Link> | undefined;
  let failure: TokenFlowError | undefined;

  const start = (): Promise<Link> => {
    const shown = Promise.withResolvers<Link>();
    const ids: string[] = [];
    const show = (url: string, userCode?: string): void => {
      const id = crypto.randomUUID();
      ids.push(id);
      link = Promise.resolve({ id, url, userCode });
      shown.resolve({ id, url, userCode });
    };
    // The link is for the client, which shows or opens it with the person's consent.
    const browser = createBrowser({
      isLocal: canOpenBrowser({ env, interactive: true }),
      show,
      open: () => undefined,
    });
    const signedIn = manager.signIn({
      browser,
      signal,
      onUserCode: ({ verificationUri, verificationUriComplete, userCode }) =>
        show(verificationUriComplete ?? verificationUri, userCode),
    });
    signedIn.then(
      ({ failure: notYet }) => {
        link = undefined;
        failure = notYet;
        onDone(ids);
      },
      (error: unknown) => {
        link = undefined;
        if (isTokenFlowError(error)) failure = error;
        shown.reject(error);
      },
    );
    return shown.promise;
  };

  return {
    begin: () => (link ??= start()),
    get failure() {
      return failure;
    },
  };
}
