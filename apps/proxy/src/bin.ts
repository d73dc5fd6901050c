#!/usr/bin/env node
/** Loads no module until Node's version has been checked. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `tokenflow-proxy: Node ${process.versions.node} is too old. Run it with Node 22.19 or newer.\n`,
  );
  process.exitCode = 2;
} else if (process.argv[2] === "worker" && process.send) {
  const { runWorker } = await import("./program/run-worker.ts");
  await runWorker(process.env);
} else {
  const { main } = await import("./program/main.ts");
  process.exitCode = await main(process.argv.slice(2), process.env);
}
