import { spawn } from "node:child_process";

export interface Keychain extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a private D-Bus session with an unlocked gnome-keyring. Its files are in `home`. */
export async function startKeychain(home: string): Promise<Keychain> {
  const script =
    'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && echo "at $DBUS_SESSION_BUS_ADDRESS" && cat';
  const child = spawn("dbus-run-session", ["--", "sh", "-c", script], {
    env: { PATH: process.env["PATH"], HOME: home, XDG_RUNTIME_DIR: home },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<void>((settle) => child.once("close", () => settle()));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const address = await new Promise<string>((settle, reject) => {
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const [, found] = /^at (\S+)\n/m.exec(printed) ?? [];
      if (found !== undefined) settle(found);
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`The keychain did not start: ${said}`)));
  });
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: address },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
