import type { ProxyKey } from "../access/auth.ts";
import type { ProxySession } from "../routing/route.ts";
import { sessionName } from "../routing/session-name.ts";
import type { Budget } from "../usage/budgets.ts";
import { isSelected } from "../usage/usage-database.ts";

/** Returns a sentence for each budget that limits nobody, because no key or no session has the name in it. */
export function idleBudgets(
  budgets: readonly Budget[],
  keys: readonly ProxyKey[],
  sessions: readonly ProxySession[],
): readonly string[] {
  const keyNames = new Set(keys.map(({ name }) => name));
  const names = sessions.map(({ manager }) => sessionName(manager));
  return budgets.flatMap(({ key, session }) => [
    ...(key === undefined || keyNames.has(key)
      ? []
      : [`A budget limits nobody: no key has the name "${key}".`]),
    ...(session === undefined ||
    names.some((name) => isSelected({ session }, { key: undefined, session: name }))
      ? []
      : [`A budget limits nobody: no session that is served has the name "${session}".`]),
  ]);
}
