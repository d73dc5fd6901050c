import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isJsonObject } from "@tokenflow/core/store";
import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { addressOf, startProgram } from "../fixtures/program.ts";
import { post } from "../fixtures/requests.ts";
import { listen } from "../fixtures/upstream.ts";

test("a variable names the collector, and the program's spans and metrics arrive there", async () => {
  const received: { readonly path: string; readonly body: string }[] = [];
  const collector = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += String(part);
    received.push({ path: request.url ?? "", body });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  const home = mkdtempSync(join(tmpdir(), "tokenflow-otel-"));
  await using simulator = await startSimulator();
  await using program = startProgram(["--port", "0"], {
    HOME: home,
    TOKENFLOW_HOME: home,
    ...simulator.env,
    TOKENFLOW_COPILOT_GRANT: simulator.createGrant("github"),
    OTEL_EXPORTER_OTLP_ENDPOINT: await listen(collector),
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
  });
  const url = await addressOf(program);
  const body = { model: "gpt-4.1", messages: [{ role: "user", content: "Hello" }] };
  expect((await post(`${url}/v1/chat/completions`, body)).status).toBe(200);
  program.child.kill("SIGTERM");
  expect(await program.over).toBe(0);

  const bodies = (path: string): string =>
    received
      .filter((request) => request.path === path)
      .map((request) => request.body)
      .join("\n");
  expect(bodies("/v1/traces")).toContain('"chat gpt-4.1"');
  expect(bodies("/v1/traces")).toContain('"tokenflow.refresh"');
  expect(bodies("/v1/traces")).toContain('"stringValue":"tokenflow-proxy"');
  expect(bodies("/v1/metrics")).toContain('"gen_ai.client.token.usage"');
  expect(isJsonObject(JSON.parse(received[0]?.body ?? ""))).toBe(true);
  // The command line may contain a password.
  expect(JSON.stringify(received)).not.toMatch(/process\.command/);
  expect(JSON.stringify(received)).not.toContain(simulator.createGrant("github").slice(0, 12));
  expect(program.errors()).not.toMatch(/warning|opentelemetry/i);
  collector.close();
  rmSync(home, { recursive: true });
});

test("a collector that cannot be reached disturbs nobody", async () => {
  const home = mkdtempSync(join(tmpdir(), "tokenflow-otel-"));
  await using simulator = await startSimulator();
  await using program = startProgram(["--port", "0"], {
    HOME: home,
    TOKENFLOW_HOME: home,
    ...simulator.env,
    TOKENFLOW_COPILOT_GRANT: simulator.createGrant("github"),
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
  });
  const url = await addressOf(program);
  const body = { model: "gpt-4.1", messages: [{ role: "user", content: "Hello" }] };
  expect((await post(`${url}/v1/chat/completions`, body)).status).toBe(200);
  program.child.kill("SIGTERM");
  expect(await program.over).toBe(0);
  rmSync(home, { recursive: true });
});

test("without the SDK one line says what to install, and the proxy serves", async () => {
  const hook = `import{registerHooks}from"node:module";registerHooks({resolve(name,context,next){
    if(name!=="@opentelemetry/sdk-node")return next(name,context);
    throw Object.assign(new Error(name),{code:"ERR_MODULE_NOT_FOUND"})}})`;
  const home = mkdtempSync(join(tmpdir(), "tokenflow-otel-"));
  await using program = startProgram(["--port", "0"], {
    HOME: home,
    TOKENFLOW_HOME: home,
    TOKENFLOW_COPILOT_TOKEN: "a-token",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}`,
  });
  await addressOf(program);
  expect(program.errors()).toContain(
    "tokenflow-proxy: OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry's SDK is not installed. Run: npm install -g @opentelemetry/sdk-node\n",
  );
  rmSync(home, { recursive: true });
});

test.each(["index", "bin", "program"])("without it, the built %s loads nothing of OpenTelemetry", (entry) => {
  const dist = new URL("../../dist/", import.meta.url);
  const seen = new Set<string>();
  const follow = (file: URL): void => {
    if (seen.has(file.href) || !existsSync(file)) return;
    seen.add(file.href);
    const text = readFileSync(file, "utf8");
    expect(text, file.href).not.toMatch(/(?:from|import)\s*["']@opentelemetry/);
    for (const [, path = ""] of text.matchAll(/(?:from|import)\s*["'](\.[^"']+)["']/g))
      follow(new URL(path, file));
  };
  follow(new URL(`${entry}.js`, dist));
  expect(seen.size).toBeGreaterThan(0);
});
