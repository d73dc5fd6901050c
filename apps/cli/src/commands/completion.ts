import { EXIT, OAUTH, PROVIDERS, suggest, UsageError } from "@tokenflow/common";
import {
  type Command,
  type CommandEntry,
  type CommandTable,
  defineCommand,
  optionsOf,
} from "../cli/command.ts";
import { type CompletedCommand, PROVIDERS_ARGUMENT, SHELLS } from "../cli/completion-scripts.ts";
import { availableSessions, isConfigured } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";

/** @param commands every command, this one included */
export function createCompletion(commands: CommandTable): Command {
  return defineCommand({
    usage: "completion <bash|zsh|fish|powershell>",
    about:
      "Prints a script that completes commands, options and providers in a shell. It is made for this version: print it again after an update.",
    positionals: 1,
    words: Object.keys(SHELLS),
    options: {},
    examples: [
      ['eval "$(tokenflow completion bash)"', "in ~/.bashrc"],
      ["source <(tokenflow completion zsh)", "in ~/.zshrc"],
      ["tokenflow completion fish > ~/.config/fish/completions/tokenflow.fish", "once"],
      ["tokenflow completion powershell | Out-String | Invoke-Expression", "in $PROFILE"],
    ],
    async run({ positionals: [shell] }, context) {
      const { terminal } = context;
      if (shell === PROVIDERS_ARGUMENT) {
        await using storeContext = await openStore(context);
        const signedIn = (await availableSessions(storeContext, context.env))
          .filter((name) => isConfigured(name, storeContext))
          .map(({ provider }) => provider);
        const names = [
          ...Object.keys(PROVIDERS),
          OAUTH,
          ...Object.keys(storeContext.config.providers),
          ...signedIn,
        ];
        terminal.print([...new Set(names)].join("\n"));
        return EXIT.done;
      }
      const script = shell !== undefined && Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (!script) {
        const near = shell === undefined ? undefined : suggest(shell, Object.keys(SHELLS));
        const what = shell === undefined ? "specify a shell" : `no completion for ${shell}`;
        throw new UsageError(
          `${what}${near ? `; did you mean ${near}?` : ""}`,
          `Shells: ${Object.keys(SHELLS).join(", ")}`,
        );
      }
      terminal.print(script(await Promise.all(Object.entries(commands).map(describe))));
      return EXIT.done;
    },
  });
}

async function describe([name, { summary, load }]: [string, CommandEntry]): Promise<CompletedCommand> {
  const { options, usage, words } = await load();
  return {
    name,
    summary,
    flags: Object.entries(optionsOf({ options })).map(([flag, { help }]) => [`--${flag}`, help]),
    words: words ?? (/[[<]provider[\]>]/.test(usage) ? "providers" : []),
  };
}
