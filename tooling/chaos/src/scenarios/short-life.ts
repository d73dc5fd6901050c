/**
 * A program that gets a token, closes its manager, works for a moment and ends with `process.exit`, as many command
 * lines do.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  checkToken,
  createShiftedClock,
  openSession,
  type SessionLocation,
} from "../workers/open-session.ts";

export interface ShortLifeSettings extends SessionLocation {
  /** How far its clock is put forward, in milliseconds. */
  readonly shift: number;
  /** How long it works after `close()`, in milliseconds. */
  readonly workFor: number;
}

export type ShortLifeLine =
  | { readonly type: "served"; readonly accepted: boolean }
  | { readonly type: "closed" }
  | { readonly type: "failed"; readonly message: string };

const settings = JSON.parse(process.argv[2] ?? "") as ShortLifeSettings;

function say(line: ShortLifeLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

try {
  const manager = openSession({ ...settings, clock: createShiftedClock(settings.shift) });
  const token = await manager.getToken();
  say({ type: "served", accepted: await checkToken(settings.url, token) });
  await manager.close();
  say({ type: "closed" });
} catch (error) {
  say({ type: "failed", message: String(error) });
}
await sleep(settings.workFor);
process.exit();
