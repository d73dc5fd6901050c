#!/usr/bin/env -S node --conditions=@tokenflow/source
/**
 * Starts the simulator and prints its addresses as the environment variables that TokenFlow reads:
 * `node --conditions=@tokenflow/source tooling/simulator/src/serve.ts [--port 4800] [--set interval=1 …]`. Runs until it is interrupted.
 */
import { parseArgs } from "node:util";
import { parseJson } from "@tokenflow/conformance/server";
import { type Simulator, startSimulator } from "./simulator.ts";

async function start(): Promise<Simulator> {
  const { values } = parseArgs({
    options: { port: { type: "string" }, set: { type: "string", multiple: true } },
  });
  const changes = (values.set ?? []).map((change) => {
    const [name = "", ...rest] = change.split("=");
    const text = rest.join("=");
    return [name, parseJson(text) ?? text] as const;
  });
  return startSimulator({
    ...Object.fromEntries(changes),
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
  });
}

try {
  const simulator = await start();
  for (const [name, address] of Object.entries(simulator.env)) console.log(`${name}=${address}`);
  console.log(`SIMULATOR_CONTROL_URL=${simulator.controlUrl}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void simulator.close());
} catch (error) {
  console.error(`simulator: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
