import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Tests are skipped without them. */
const SERVICES =
  "redis-server redis-cli gnome-keyring-daemon dbus-run-session strace openssl zsh fish chromium systemd-analyze script gh hyperfine nginx wrk taskset curl";

/** Variables that programs or tests read. `TOKENFLOW_TEST_…` are the keys themselves. */
const VARIABLES =
  /^(?:TOKENFLOW_(?!TEST_)|HYPER_|NODE_|LC_|XDG_|.*_proxy$)|^(?:LANG|TZ|TERM|NO_COLOR|FORCE_COLOR|HOME)$/i;

/**
 * Returns what the result of every test depends on besides files, as variables that turbo.json names: the Node, the
 * installed services, and the environment; and a hash of all files, for packages whose tests read any of them.
 */
export function testKeys(env: Environment, root: string): Readonly<Record<string, string>> {
  const { version, platform, arch } = process;
  const services = SERVICES.split(" ").filter((name) => isInstalled(name, env));
  const variables = Object.entries(env)
    .filter(([name]) => VARIABLES.test(name))
    .toSorted(([a], [b]) => a.localeCompare(b, "en"));
  const uid = process.getuid?.();
  return {
    TOKENFLOW_TEST_MACHINE: hash(JSON.stringify({ version, platform, arch, uid, services, variables })),
    TOKENFLOW_TEST_REPOSITORY: hashOfFiles(root),
  };
}

/** Hashes every file that git would commit. Without git the result is new each time, so that nothing is taken for known. */
function hashOfFiles(root: string): string {
  const { status, stdout } = spawnSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      cwd: root,
      encoding: "utf8",
      maxBuffer: Number.POSITIVE_INFINITY,
    },
  );
  if (status !== 0) return crypto.randomUUID();
  const files = [...new Set(stdout.split("\0"))].filter((file) => file !== "").toSorted();
  const all = createHash("sha256");
  for (const file of files) all.update(`${file}\0${contentHash(join(root, file))}\n`);
  return all.digest("hex");
}

function contentHash(path: string): string {
  try {
    return hash(readFileSync(path));
  } catch {
    return "deleted";
  }
}

function hash(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function isInstalled(name: string, env: Environment): boolean {
  return (env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
