import type { ServiceKind } from "./simulated-service.ts";
import { LIFETIME } from "./simulated-service.ts";
import type { LockKind } from "./simulated-store.ts";

/**
 * A scenario, as it is written at the beginning of a schedule: `strict.kernel.due/get+forced`. The service, the lock and
 * the state of the token, then the operations of each process. `get&close` are two managers of one process over one
 * store object, `get~get` over two store objects, as in a worker thread.
 */
export interface Scenario {
  readonly name: string;
  readonly service: ServiceKind;
  readonly lock: LockKind;
  readonly token: TokenState;
  /** For each process, for each of its store objects, the operations. */
  readonly processes: readonly (readonly (readonly string[])[])[];
}

/**
 * The age of the stored token at the start, in milliseconds. `soon`: it is due, and its random delay is not over. `none`:
 * nothing is stored.
 */
export const AGES: Readonly<Record<TokenState, number>> = {
  fresh: 100_000,
  soon: LIFETIME * 0.9 + 100,
  due: LIFETIME * 0.9 + 5_000,
  dead: LIFETIME + 1,
  none: 0,
};

export type TokenState = "fresh" | "soon" | "due" | "dead" | "none";

/** @throws if the text is no scenario */
export function parseScenario(name: string): Scenario {
  const [, service, lock, token, text = ""] =
    /^(strict|forgiving|keep)\.(kernel|lease)\.(fresh|soon|due|dead|none)\/([\w&~+]+)$/.exec(name) ?? [];
  if (token === undefined)
    throw new Error(`"${name}" is no scenario. It looks like strict.kernel.due/get+get`);
  return {
    name,
    service: service as ServiceKind,
    lock: lock as LockKind,
    token: token as TokenState,
    processes: text.split("+").map((process) => process.split("~").map((store) => store.split("&"))),
  };
}
