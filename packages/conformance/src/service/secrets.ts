import { hex, letters } from "../server/random-text.ts";

/** The kinds of text that a client must keep to itself. */
export type SecretKind = "device code" | "access token" | "refresh token";

/** A secret that the server has issued. */
export interface Secret {
  readonly kind: SecretKind;
  /** Its name in reports: `refresh token 2`. */
  readonly label: string;
  readonly text: string;
}

/** The secrets of one scenario, each with a name under which a report may mention it. */
export interface Secrets {
  readonly issued: readonly Secret[];
  /** Creates a secret of this kind. */
  issue(kind: SecretKind): Secret;
  find(text: string): Secret | undefined;
  /** Returns the text with every secret replaced by its label in angle quotes. */
  hide(text: string): string;
}

const PREFIX: Readonly<Record<SecretKind, string>> = {
  "device code": "dc",
  "access token": "at",
  "refresh token": "rt",
};

export function createSecrets(): Secrets {
  const issued: Secret[] = [];
  return {
    issued,
    issue(kind) {
      const number = issued.filter((other) => other.kind === kind).length + 1;
      const secret = { kind, label: `${kind} ${number}`, text: `${PREFIX[kind]}-${hex(8)}-${letters(32)}` };
      issued.push(secret);
      return secret;
    },
    find: (text) => issued.find((secret) => secret.text === text),
    hide: (text) =>
      issued.reduce((shown, secret) => shown.replaceAll(secret.text, `‹${secret.label}›`), text),
  };
}
