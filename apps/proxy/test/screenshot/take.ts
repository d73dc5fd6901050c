/** Takes the README's screenshot of the dashboard, after a simulated hour. */
import { join } from "node:path";
import { systemClock } from "@tokenflow/core/provider";
import { startBrowser } from "../fixtures/browser.ts";
import { askModel, signIn, startWatched } from "../fixtures/dashboard.ts";

const MINUTE = 60_000;
const PICTURE = join(import.meta.dirname, "../../../../docs/images/dashboard.png");
const WORK = [
  ["copilot", "gpt-4.1"],
  ["copilot", "claude-sonnet-4.5"],
  ["hyper", "kimi-k2.5"],
  ["copilot", "gpt-4.1"],
] as const;

/** How far the proxy's clock is behind, in milliseconds. */
let ago = 59 * MINUTE;
const clock = {
  ...systemClock,
  now: () => systemClock.now() - ago,
  monotonicNow: () => systemClock.monotonicNow() - ago,
};
await using watched = await startWatched({ clock, port: 4141 });
const { simulator, managers, url } = watched;
for (const manager of managers) await signIn(manager, simulator);

for (let minute = 0; ago > 0; minute += 1, ago -= MINUTE) {
  const requests = Math.max(0, Math.round(4 + 4 * Math.sin(minute / 7) + 2 * Math.cos(minute * 1.7)));
  await Promise.all(
    Array.from({ length: requests }, (_, index) => {
      const [provider, model] = WORK[(minute + index) % WORK.length] ?? WORK[0];
      const delay =
        60 + 40 * Math.abs(Math.sin(minute / 5)) + 70 * (index % 3 === 0 ? Math.abs(Math.sin(minute)) : 0);
      const status = minute % 17 === 3 && index === 0 ? 500 : undefined;
      const path = provider === "hyper" ? "/v1/chat" : "/chat";
      simulator.fault({ service: provider, method: "POST", path, delay, status });
      return askModel(url, provider, { model, stream: index % 2 === 0 });
    }),
  );
}
ago = 0;
simulator.settings.chunkDelay = 250;
const running = askModel(url, "copilot", { model: "claude-sonnet-4.5", stream: true });

await using browser = await startBrowser();
await using page = await browser.newPage({
  viewport: { width: 1120, height: 1120 },
  colorScheme: "light",
  timezoneId: "UTC",
});
await page.goto(url);
await page.getByText("responding").first().waitFor();
await page.getByText("requests left").first().waitFor();
await page.screenshot({ path: PICTURE });
process.stdout.write(`${PICTURE}\n`);
await running;
