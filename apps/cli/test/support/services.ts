import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { delimiter, join } from "node:path";

/** Whether all of these are installed. Where services are required, one that is not is a failure, never a skip. */
export function hasServices(...names: readonly string[]): boolean {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length > 0 && process.env["TOKENFLOW_REQUIRE_SERVICES"] === "1") {
    throw new Error(`Not installed: ${missing.join(", ")}`);
  }
  return missing.length === 0;
}

function isInstalled(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface Keychain extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/** A D-Bus session of its own with an unlocked gnome-keyring, whose files lie in `home`. Its end ends both. */
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

export interface Redis extends AsyncDisposable {
  /** With the password in it. */
  readonly url: string;
  readonly address: string;
}

/** A server of our own on loopback that keeps nothing on disk. */
export async function startRedis(password: string): Promise<Redis> {
  for (let attempt = 0; ; attempt += 1) {
    const port = await freePort();
    const child = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", password],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const ended = once(child, "close");
    const ready = await new Promise<boolean>((settle) => {
      let printed = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        if (printed.includes("Ready to accept connections")) settle(true);
      });
      child.once("close", () => settle(false));
    });
    // Redis takes no port 0, so somebody else may have been quicker.
    if (!ready && attempt < 5) continue;
    if (!ready) throw new Error("redis-server does not start");
    const address = `127.0.0.1:${port}`;
    return {
      url: `redis://:${password}@${address}`,
      address,
      async [Symbol.asyncDispose]() {
        child.kill("SIGKILL");
        await ended;
      },
    };
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
