import type { TokenManager } from "@tokenflow/core";
import type { ProxyKey } from "../access/auth.ts";
import type { Monitor } from "../monitor/create-monitor.ts";
import type { ProxyMonitor } from "../observe/proxy-monitor.ts";
import type { ProxyUsage } from "../observe/proxy-usage.ts";
import type { SharedParts } from "../server/shared-parts.ts";

/** A monitor that can be shown what has happened before. */
export type ReplayingMonitor = ProxyMonitor & Pick<Monitor, "replay">;

/** Everything that exists once for all workers. The primary owns it. */
export interface PrimaryState {
  readonly parts: SharedParts;
  readonly managers: readonly TokenManager[];
  readonly keys: readonly ProxyKey[];
  readonly usage: ProxyUsage | undefined;
  readonly monitor: ReplayingMonitor | undefined;
  readonly isClosing: () => boolean;
}
