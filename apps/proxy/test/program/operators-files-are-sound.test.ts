import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createMonitor } from "@tokenflow/proxy/monitor";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const DEPLOY = join(import.meta.dirname, "../../deploy");
const RULES = join(DEPLOY, "prometheus-rules.yml");
const isThere = spawnSync("promtool", ["--version"]).status === 0;
const isSkipped = !isThere && process.env["TOKENFLOW_REQUIRE_SERVICES"] !== "1";

if (isSkipped) {
  process.stderr.write("The alerts are not checked: no promtool. Run: apt-get install prometheus\n");
}

const rules = readFileSync(RULES, "utf8");
const dashboard = readFileSync(join(DEPLOY, "grafana-dashboard.json"), "utf8");
const runbook = readFileSync(join(DEPLOY, "../../../docs/guides/runbook.md"), "utf8");

/** Returns the names of metrics in a text, without the endings of histograms. */
function metricsIn(text: string): ReadonlySet<string> {
  const names = text.matchAll(/\btokenflow_[a-z_]+/g);
  return new Set([...names].map(([name]) => name.replace(/_(?:bucket|count|sum)$/, "")));
}

function promtool(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
  return status === 0 ? "" : `${stdout}${stderr}`;
}

test.skipIf(isSkipped)("promtool finds nothing wrong with the alerts", () => {
  expect(promtool("check", "rules", "--lint-fatal", RULES)).toBe("");
});

test.skipIf(isSkipped)("the alerts fire when they should, and not before", () => {
  expect(promtool("test", "rules", join(import.meta.dirname, "../fixtures/alerts.yml"))).toBe("");
});

test.skipIf(isSkipped)("promtool finds nothing wrong with the metrics of a proxy", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], monitor: createMonitor() });
  const input = await (await fetch(`${proxy.url}/metrics`)).text();
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
  expect([status, stdout, stderr]).toEqual([0, "", ""]);
});

test("every metric of the alerts and of the dashboard exists", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], monitor: createMonitor() });
  const text = await (await fetch(`${proxy.url}/metrics`)).text();
  const existing = new Set([...text.matchAll(/^# TYPE (tokenflow_\w+)/gm)].map(([, name = ""]) => name));
  for (const used of [metricsIn(rules), metricsIn(dashboard)]) {
    expect(used.size).toBeGreaterThan(5);
    expect([...used].filter((name) => !existing.has(name))).toEqual([]);
  }
});

test("the runbook explains each alert, and no other", () => {
  const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name);
  const explained = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(explained).toEqual(alerts);
});
