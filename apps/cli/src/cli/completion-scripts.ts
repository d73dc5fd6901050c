/** The parts of a command that a shell completes. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  /** `--account` and its help. */
  readonly flags: readonly (readonly [flag: string, help: string])[];
  /** The values of its first argument. The names of `"providers"` are read when the shell needs them. */
  readonly words: readonly string[] | "providers";
}

/** The hidden argument that prints the names of providers. */
export const PROVIDERS_ARGUMENT = "providers";
const LIST_PROVIDERS = `tokenflow completion ${PROVIDERS_ARGUMENT} 2>/dev/null`;

/** The script for each shell. */
export const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

const flagNames = ({ flags }: CompletedCommand): string => flags.map(([flag]) => flag).join(" ");

function bashScript(commands: readonly CompletedCommand[]): string {
  const named = commands.map(({ name }) => name).join(" ");
  const words = ({ words }: CompletedCommand): string =>
    words === "providers" ? `$(${LIST_PROVIDERS})` : words.join(" ");
  return `# bash completion of tokenflow. Add to ~/.bashrc: eval "$(tokenflow completion bash)"
_tokenflow() {
  # Bash splits words at colons, and the ids of OAuth servers contain one.
  local line=\${COMP_LINE:0:COMP_POINT} IFS=$' \\t\\n' words=
  local current=\${line##* } command=\${COMP_WORDS[1]}
  if ((COMP_CWORD == 1)); then
    words="${named}"
  elif [[ $current == -* ]]; then
    case $command in
${commands.map((one) => `      ${one.name}) words="${flagNames(one)}" ;;`).join("\n")}
    esac
  else
    case $command in
${commands
  .filter(({ words }) => words.length > 0)
  .map((one) => `      ${one.name}) words="${words(one)}" ;;`)
  .join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  local upToColon=\${current%"\${current##*:}"}
  COMPREPLY=("\${COMPREPLY[@]#"$upToColon"}")
}
complete -o bashdefault -o default -F _tokenflow tokenflow`;
}

function zshScript(commands: readonly CompletedCommand[]): string {
  const words = ({ words }: CompletedCommand): string =>
    words === "providers" ? `\${(f)"$(${LIST_PROVIDERS})"}` : words.join(" ");
  return `#compdef tokenflow
# zsh completion of tokenflow. Add to ~/.zshrc, after compinit: source <(tokenflow completion zsh)
_tokenflow() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
  elif [[ $words[CURRENT] == -* ]]; then
    case $words[2] in
${commands.map((one) => `      ${one.name}) compadd -- ${flagNames(one)} ;;`).join("\n")}
    esac
  else
    case $words[2] in
${commands
  .filter(({ words }) => words.length > 0)
  .map((one) => `      ${one.name}) compadd -- ${words(one)} ;;`)
  .join("\n")}
      *) _files ;;
    esac
  fi
}
compdef _tokenflow tokenflow`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, summary, flags, words }) => {
    const on = `complete -c tokenflow -n '__fish_seen_subcommand_from ${name}'`;
    const answers = words === "providers" ? `(${LIST_PROVIDERS})` : words.join(" ");
    return [
      `complete -c tokenflow -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
      ...flags.map(([flag, help]) => `${on} -l ${flag.slice(2)} -d ${quoted(help)}`),
      ...(answers === "" ? [] : [`${on} -f -a ${quoted(answers)}`]),
    ];
  });
  return [
    "# fish completion of tokenflow. Run: tokenflow completion fish > ~/.config/fish/completions/tokenflow.fish",
    ...lines,
  ].join("\n");
}

function powershellScript(commands: readonly CompletedCommand[]): string {
  const list = (texts: readonly string[]): string => `@(${texts.map((text) => `'${text}'`).join(", ")})`;
  return `# PowerShell completion of tokenflow. Add to $PROFILE: tokenflow completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName tokenflow -ScriptBlock {
  param($word, $ast, $position)
  $flags = @{
${commands.map(({ name, flags }) => `    '${name}' = ${list(flags.map(([flag]) => flag))}`).join("\n")}
  }
  $words = @{
${commands.map(({ name, words }) => `    '${name}' = ${words === "providers" ? `{ ${LIST_PROVIDERS.replace("2>/dev/null", "2>$null")} }` : `{ ${list(words)} }`}`).join("\n")}
  }
  $typed = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
  $answers = if ($typed.Count -le 1) { ${list(commands.map(({ name }) => name))} }
    elseif ($word.StartsWith('-')) { $flags[$typed[1]] }
    elseif ($words.ContainsKey($typed[1])) { & $words[$typed[1]] }
  $answers | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}`;
}

/** Puts the text in single quotes, which all these shells read alike. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}
