/** Builds every package that has changed. With `--quiet` it prints only if a build fails. */
import { spawnSync } from "node:child_process";

const quiet = process.argv.includes("--quiet");
const { status, output } = spawnSync(
  process.execPath,
  ["node_modules/turbo/bin/turbo", "run", "build", "--output-logs=errors-only"],
  {
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
    stdio: quiet ? ["inherit", "pipe", "pipe"] : "inherit",
    maxBuffer: Number.POSITIVE_INFINITY,
  },
);
process.exitCode = status ?? 1;
if (quiet && status !== 0) for (const text of output) process.stderr.write(text ?? "");
