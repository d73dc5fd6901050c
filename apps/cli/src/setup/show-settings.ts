import { EXIT } from "@tokenflow/common";
import type { Context } from "../cli/command.ts";
import type { Settings } from "../clients/client.ts";
import { shellText } from "../clients/shell-text.ts";
import { writeSettings } from "./write-settings.ts";

/** The options of `setup` that say what happens with the settings. */
export interface ShowFlags {
  readonly json?: boolean | undefined;
  readonly write?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

export interface ShownSettings {
  readonly name: string;
  readonly where: string;
  /** The address of the proxy, if there is one in between. */
  readonly url?: string | undefined;
  readonly settings: Settings;
  readonly flags: ShowFlags;
}

/** Prints settings, or writes them into the files of their client. */
export async function showSettings(
  { name, where, url, settings, flags }: ShownSettings,
  context: Context,
): Promise<number> {
  const { terminal } = context;
  const { files = [], notes = [] } = settings;
  if (flags.json) {
    terminal.print(JSON.stringify({ client: name, url, settings }, undefined, 2));
    return EXIT.done;
  }
  let exitCode: number = EXIT.done;
  if (flags.write) {
    exitCode = await writeSettings({ name, files, agreed: flags.yes === true }, context);
  } else {
    terminal.say(terminal.dim(where));
    terminal.print(shellText(settings));
  }
  for (const note of notes) terminal.say(note);
  return exitCode;
}
