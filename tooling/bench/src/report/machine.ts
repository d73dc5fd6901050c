import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

const TOOLS: readonly (readonly string[])[] = [
  ["nginx", "-v"],
  ["wrk", "-v"],
  ["hyperfine", "--version"],
  ["redis-server", "--version"],
];

/** A table of what was measured on. */
export function machine(): string {
  const versions = TOOLS.flatMap(([command = "", flag = ""]) => {
    const { stdout, stderr } = spawnSync(command, [flag], { encoding: "utf8" });
    const version = /\d+\.\d+(?:\.\d+)?/.exec(`${stdout}${stderr}`)?.[0];
    return version === undefined ? [] : [`${command} ${version}`];
  });
  const rows = [
    ["day", new Date().toISOString().slice(0, 10)],
    [
      "processor",
      `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores, shared with others`,
    ],
    ["memory", `${Math.round(totalmem() / 1e9)} GB`],
    ["system", `${type()} ${release()}`],
    ["versions", [`Node ${process.versions.node}`, ...versions].join(", ")],
  ];
  return `| | |\n| --- | --- |\n${rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n")}\n`;
}
