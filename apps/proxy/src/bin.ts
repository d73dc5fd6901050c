#!/usr/bin/env node
/** Nothing but `node:` modules is loaded before the version of Node is known to be good. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `tokenflow-proxy: Node ${process.versions.node} is too old. Run it with Node 22.19 or newer.\n`,
  );
  process.exitCode = 2;
} else {
  const { main } = await import("./program/main.ts");
  process.exitCode = await main(process.argv.slice(2), process.env);
}
