import {
  ENCRYPTION_KINDS,
  type EncryptionKind,
  EXIT,
  FROM_ENV,
  isEncryptionKind,
  isMcpServer,
  keyOf,
  requireProvider,
  type SessionStoreContext,
  shortenHome,
  UsageError,
} from "@tokenflow/common";
import type { Session } from "@tokenflow/core";
import { type Command, defineCommand, SESSION_OPTIONS } from "../cli/command.ts";
import { rejectIfEnvCredential } from "../session/env-credentials.ts";
import { openManager } from "../session/open-manager.ts";
import { checkWritable, openStore } from "../session/store.ts";
import { codeJson, fallbackLine, withNewCodes, withOtherWay } from "../sign-in/codes.ts";
import { nameExternalSignIn } from "../sign-in/find-external-sign-ins.ts";
import { importFirstSignIn } from "../sign-in/import-sign-in.ts";
import { loginTarget } from "../sign-in/login-target.ts";
import { loginFromEnv, loginWithToken } from "../sign-in/login-with-token.ts";
import { isWorkload, loginWorkload } from "../sign-in/login-workload.ts";
import { OAUTH_OPTIONS } from "../sign-in/oauth-flags.ts";
import { personBrowser } from "../sign-in/person-browser.ts";
import { printSignedIn, signedInJson } from "../sign-in/print-signed-in.ts";
import { saveChoice, saveDeclaration } from "../sign-in/save-settings.ts";
import { showWaiting } from "../sign-in/show-waiting.ts";

export const login: Command = defineCommand({
  usage: "login [provider]",
  about:
    "Shows a link and a code. After you have entered the code there, the session is stored and kept fresh.",
  positionals: 1,
  options: {
    json: { type: "boolean", help: "print one JSON object per line, for programs" },
    encrypt: {
      type: "string",
      value: "kind",
      help: "encrypt sessions: keychain, env (TOKENFLOW_ENCRYPTION_KEY) or passphrase (TOKENFLOW_PASSPHRASE)",
    },
    host: { type: "string", value: "host", help: "copilot: another GitHub, such as tenant.ghe.com" },
    ...OAUTH_OPTIONS,
    "with-token": {
      type: "boolean",
      help: "copilot, hyper: read a GitHub token or a refresh token from stdin instead",
    },
    "from-env": {
      type: "boolean",
      help: "copilot: sign in with the token in COPILOT_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN, the first that is set",
    },
    import: {
      type: "boolean",
      help: "copilot: import another program's sign-in without asking, or sign in as usual if none works",
    },
    browser: { type: "boolean", help: "sign in on the service's page in the browser, without a code" },
    device: { type: "boolean", help: "sign in with a code only" },
    "no-browser": { type: "boolean", help: "never open a browser (it is opened only on a local desktop)" },
    qr: { type: "boolean", help: "also show the link as a QR code" },
    ...SESSION_OPTIONS,
  },
  examples: [
    ["tokenflow login copilot", "sign in to GitHub Copilot"],
    ["tokenflow login copilot --account work", "add a second account"],
    ["tokenflow login copilot --from-env", "sign in with the token in GH_TOKEN, and store the session"],
    ["tokenflow login work --browser", "on the service's page, if it blocks the device flow"],
    ["tokenflow login hyper --json", "let another program show the code"],
    [
      "tokenflow login work --issuer https://id.example.com --client-id cli",
      "any OAuth server, by a name of yours",
    ],
    ["tokenflow login work --issuer https://id.example.com --register", "the same, if it registers clients"],
    [
      "tokenflow login ci --issuer https://id.example.com --grant jwt-bearer --assertion actions",
      "a job of Actions, without a person",
    ],
    ["tokenflow login mcp:https://mcp.example.com/mcp", "an MCP server, for all clients on this machine"],
    ["tokenflow login copilot --store keychain", "store sessions in the keychain from now on"],
  ],
  async run({ flags, positionals: [wanted] }, context) {
    const { env, terminal, signal } = context;
    if (flags.browser && flags.device) throw new UsageError("--browser cannot be combined with --device");
    const encrypt = flags.encrypt === undefined ? undefined : parseEncryption(flags.encrypt);
    await using opened = await openStore(context, encrypt);
    rejectOtherEncryption(encrypt, opened);
    const { id, storeContext, declaration, provider } = await loginTarget(wanted, flags, opened, context);
    const { appName } = await requireProvider(id, storeContext.config).load();
    const isFromEnv = id === "copilot" && flags["from-env"] === true;
    // A variable of ours replaces the session. One of GitHub's is what `--from-env` signs in with.
    await rejectIfEnvCredential(id, isFromEnv ? { ...env, [FROM_ENV]: undefined } : env);
    const session = { provider: id, account: flags.account ?? "default" };
    await checkWritable(storeContext, keyOf(session));
    if (isWorkload(id, storeContext)) {
      await loginWorkload(session, provider, storeContext, context);
      await saveDeclaration(id, declaration, storeContext);
      await saveChoice(storeContext, encrypt, context);
      return EXIT.done;
    }
    if (flags["with-token"] || isFromEnv) {
      const option = isFromEnv ? "--from-env" : "--with-token";
      if (flags.json) throw new UsageError(`${option} cannot be combined with --json`);
      await (isFromEnv ? loginFromEnv : loginWithToken)(session, storeContext, flags.host, context);
      await saveChoice(storeContext, encrypt, context);
      return EXIT.done;
    }
    if (flags.import) {
      if (id !== "copilot" || flags.json)
        throw new UsageError("--import is an option of login copilot only, without --json");
      if (await importFirstSignIn(session, storeContext, flags.host, context)) {
        await saveChoice(storeContext, encrypt, context);
        return EXIT.done;
      }
    }
    const other =
      id === "copilot" && !flags.import && terminal.interactive ? await nameExternalSignIn(env) : undefined;
    if (other !== undefined && !flags.json) {
      terminal.say(`Found a sign-in of another program (${other}). To use it, run: tokenflow import copilot`);
    }
    let previous: string | undefined;
    let adopted = false;
    await using manager = await openManager(session, storeContext, context, {
      host: flags.host,
      provider,
      onEvent(event) {
        if (event.type === "session.login_changed") previous = event.previous;
        if (event.type === "session.adopted") adopted = true;
      },
    });
    const prefer = flags.browser ? "browser" : flags.device ? "device" : "auto";
    const browser = personBrowser(context, {
      mayOpen: !flags["no-browser"],
      // A client of the device flow may have no redirect address at all, so that its code comes first.
      isFirst: prefer === "browser" || isMcpServer(id) || declaration?.redirectUri !== undefined,
      json: flags.json === true,
    });
    const qr = flags.qr ? (await import("../terminal/qr-code.ts")).qrCode : undefined;
    const signIn = async (): Promise<Session> => {
      const waiting = showWaiting(context, { browser: !flags["no-browser"], qr });
      try {
        return await manager.signIn({
          signal,
          prefer,
          browser,
          onFallback(reason, next) {
            if (next === "browser") waiting.end();
            terminal.say(fallbackLine(reason, next));
          },
          onUserCode(code) {
            adopted = false;
            if (flags.json) terminal.print(JSON.stringify(codeJson(code)));
            else waiting.begin(code);
          },
        });
      } catch (error) {
        throw prefer === "browser" ? error : await withOtherWay(error, manager.provider, signal);
      } finally {
        waiting.end();
      }
    };
    const signedIn = await withNewCodes(signIn, flags.json ? undefined : context);
    await saveDeclaration(id, declaration, storeContext);
    const savedIn = await saveChoice(storeContext, encrypt, context);
    const app = appName?.(env);
    if (flags.json)
      terminal.print(JSON.stringify({ ...signedInJson(signedIn, storeContext), application: app, adopted }));
    else {
      if (adopted) terminal.say("Another terminal has signed in meanwhile; its session is used.");
      // The app that the other terminal used is not known here.
      const consented = adopted ? undefined : app;
      printSignedIn(signedIn, manager.provider, storeContext, { previous, app: consented }, context);
      if (savedIn) terminal.say(`Sessions are stored there from now on, as ${savedIn} says.`);
    }
    if (signedIn.failure) throw signedIn.failure;
    return EXIT.done;
  },
});

/** @throws UsageError for an unknown kind of encryption */
function parseEncryption(text: string): EncryptionKind {
  if (isEncryptionKind(text)) return text;
  throw new UsageError(`unknown encryption "${text}"`, `Choose one of: ${ENCRYPTION_KINDS.join(", ")}`);
}

/** @throws UsageError if the store already uses another kind: one process could then not read the other's sessions */
function rejectOtherEncryption(
  encrypt: EncryptionKind | undefined,
  { config, folder }: SessionStoreContext,
): void {
  if (encrypt === undefined || config.encryption === undefined || config.encryption === encrypt) return;
  throw new UsageError(
    `sessions are already encrypted with --encrypt ${config.encryption}, as ${shortenHome(folder())}/config.json says`,
    "Remove --encrypt, or sign out of all sessions and change it there.",
  );
}
