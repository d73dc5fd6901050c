import {
  ENCRYPTION_KINDS,
  type EncryptionKind,
  EXIT,
  isEncryptionKind,
  type SessionStoreContext,
  shortenHome,
  UsageError,
} from "@tokenflow/common";
import { isTokenFlowError, type Session, type UserCodePrompt } from "@tokenflow/core";
import { type Command, type Context, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { type ConfigChange, changeConfig } from "../session/change-config.ts";
import { rejectIfEnvCredential } from "../session/env-credentials.ts";
import { openManager } from "../session/open-manager.ts";
import { requireProvider } from "../session/providers.ts";
import { keyOf } from "../session/sessions.ts";
import { openStore, proveWritable } from "../session/store.ts";
import { nameExternalSignIn } from "../sign-in/find-external-sign-ins.ts";
import { importFirstSignIn } from "../sign-in/import-sign-in.ts";
import { loginTarget } from "../sign-in/login-target.ts";
import { loginWithToken } from "../sign-in/login-with-token.ts";
import { printSignedIn, signedInJson } from "../sign-in/print-signed-in.ts";
import { showWaiting } from "../sign-in/show-waiting.ts";

export const login: Command = defineCommand({
  usage: "login [provider]",
  about: "Shows a link and a code; once you have entered it there, the session is kept and stays fresh.",
  positionals: 1,
  options: {
    json: { type: "boolean", help: "one JSON object per line on stdout, for programs" },
    encrypt: {
      type: "string",
      value: "kind",
      help: "encrypt sessions: keychain, env (TOKENFLOW_ENCRYPTION_KEY) or passphrase (TOKENFLOW_PASSPHRASE)",
    },
    host: { type: "string", value: "host", help: "copilot: another GitHub, such as tenant.ghe.com" },
    issuer: { type: "string", value: "url", help: "oauth: the server" },
    "client-id": { type: "string", value: "id", help: "oauth: the client that the server knows" },
    scope: { type: "string", value: "words", help: "oauth: what to ask for" },
    "with-token": {
      type: "boolean",
      help: "copilot, hyper: read a GitHub token or a refresh token from stdin instead",
    },
    import: {
      type: "boolean",
      help: "copilot: take over another program's sign-in without asking; without a good one, sign in as always",
    },
    "no-browser": { type: "boolean", help: "never open a browser; one is opened on a local desktop only" },
    qr: { type: "boolean", help: "show the link as a QR code too" },
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow login copilot", "sign in to GitHub Copilot"],
    ["tokenflow login copilot --account work", "a second account beside the first"],
    ["tokenflow login hyper --json", "let a program show the code"],
    ["tokenflow login oauth --issuer https://id.example.com --client-id cli", "any OAuth server"],
    ["tokenflow login copilot --store keychain", "keep it in the keychain, from now on"],
  ],
  async run({ flags, positionals: [wanted] }, context) {
    const { env, terminal, signal } = context;
    const encrypt = flags.encrypt === undefined ? undefined : parseEncryption(flags.encrypt);
    await using opened = await openStore(context, encrypt);
    rejectOtherEncryption(encrypt, opened);
    const { id, place } = await loginTarget(wanted, flags, opened, env);
    const { consent, appName } = await requireProvider(id, place.config).load();
    await rejectIfEnvCredential(id, env);
    const session = { provider: id, account: flags.account ?? "default" };
    await proveWritable(place, keyOf(session));
    if (flags["with-token"]) {
      if (flags.json) throw new UsageError("--with-token and --json exclude each other");
      await loginWithToken(session, place, flags.host, context);
      await keepChoice(place, encrypt, context);
      return EXIT.done;
    }
    if (flags.import) {
      if (id !== "copilot" || flags.json)
        throw new UsageError("--import is for login copilot without --json");
      if (await importFirstSignIn(session, place, flags.host, context)) {
        await keepChoice(place, encrypt, context);
        return EXIT.done;
      }
    }
    const other =
      id === "copilot" && !flags.import && terminal.interactive ? await nameExternalSignIn(env) : undefined;
    if (other !== undefined && !flags.json) {
      terminal.say(`A sign-in of another program is here (${other}). Run: tokenflow import copilot`);
    }
    let previous: string | undefined;
    let adopted = false;
    await using manager = await openManager(session, place, context, {
      host: flags.host,
      onEvent(event) {
        if (event.type === "session.login_changed") previous = event.previous;
        if (event.type === "session.adopted") adopted = true;
      },
    });
    const qr = flags.qr ? (await import("../terminal/qr-code.ts")).qrCode : undefined;
    const signIn = async (): Promise<Session> => {
      const waiting = showWaiting(context, {
        consent: consent?.(env),
        browser: !flags["no-browser"],
        qr,
      });
      try {
        return await manager.signIn({
          signal,
          onUserCode(code) {
            adopted = false;
            if (flags.json) terminal.print(JSON.stringify(codeJson(code)));
            else waiting.begin(code);
          },
        });
      } finally {
        waiting.end();
      }
    };
    const signedIn = await withNewCodes(signIn, flags.json ? undefined : context);
    const kept = await keepChoice(place, encrypt, context);
    const app = appName?.(env);
    if (flags.json)
      terminal.print(JSON.stringify({ ...signedInJson(signedIn, place), application: app, adopted }));
    else {
      if (adopted) terminal.say("Another terminal signed in to this session meanwhile; it is taken over.");
      // Which app another terminal asked consent for is not known here.
      const consented = adopted ? undefined : app;
      printSignedIn(signedIn, manager.provider, place, { previous, app: consented }, context);
      if (kept) terminal.say(`From now on sessions are looked for there; ${kept} says so.`);
    }
    if (signedIn.failure) throw signedIn.failure;
    return EXIT.done;
  },
});

/** @throws UsageError for a kind that `--encrypt` does not know */
function parseEncryption(text: string): EncryptionKind {
  if (isEncryptionKind(text)) return text;
  throw new UsageError(`--encrypt takes ${ENCRYPTION_KINDS.join(", ")}, not "${text}"`);
}

/** Sessions of one place that want different keys would lock each other out. */
function rejectOtherEncryption(
  encrypt: EncryptionKind | undefined,
  { config, folder }: SessionStoreContext,
): void {
  if (encrypt === undefined || config.encryption === undefined || config.encryption === encrypt) return;
  throw new UsageError(
    `sessions are encrypted by --encrypt ${config.encryption} here, as ${shortenHome(folder)}/config.json says`,
    "Leave --encrypt out, or sign out everywhere and change it there.",
  );
}

/** Writes down what the flags chose where nothing was chosen before; answers the file's name if it did. */
async function keepChoice(
  { config, folder }: SessionStoreContext,
  encryption: EncryptionKind | undefined,
  { store, env }: Context,
): Promise<string | undefined> {
  const chosen: ConfigChange = {
    ...(store !== undefined && !env["TOKENFLOW_STORE"] && config.store === undefined ? { store } : {}),
    ...(encryption !== undefined && config.encryption === undefined ? { encryption } : {}),
  };
  if (Object.keys(chosen).length === 0) return undefined;
  await changeConfig(folder, () => chosen);
  return chosen.store === undefined ? undefined : `${shortenHome(folder)}/config.json`;
}

/** An expired code is followed by a new one for as long as the person at the terminal wants. */
async function withNewCodes(
  signIn: () => Promise<Session>,
  person: Pick<Context, "terminal" | "signal"> | undefined,
): Promise<Session> {
  for (;;) {
    try {
      return await signIn();
    } catch (error) {
      if (!person || !isTokenFlowError(error, "device.expired")) throw error;
      const answer = await person.terminal.ask("The code has expired. Get a new one? [Y/n] ", person.signal);
      if (answer === undefined || !/^(?:y|yes|)$/i.test(answer.trim())) throw error;
    }
  }
}

function codeJson(code: UserCodePrompt): Record<string, string | undefined> {
  return {
    type: "code",
    user_code: code.userCode,
    verification_uri: code.verificationUri,
    verification_uri_complete: code.verificationUriComplete,
    expires_at: new Date(code.expiresAt).toISOString(),
  };
}
