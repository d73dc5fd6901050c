// Prints the code and the message of what each act answers, for a system without a keychain.
import { isTokenFlowError } from "@tokenflow/core";
import { createKeychainStore, keychainKey } from "@tokenflow/store-keychain";
import { keysOf } from "./keys-of.ts";

const [lockFolder = ""] = process.argv.slice(2);
const store = createKeychainStore({ lockFolder });
const acts = [
  () => store.get("copilot/default"),
  () => store.set("copilot/default", "value"),
  () => store.delete("copilot/default"),
  () => keysOf(store),
  keychainKey({ lockFolder }),
];
const answers: unknown[] = [];
for (const act of acts) {
  const error: unknown = await act().catch((error: unknown) => error);
  answers.push(isTokenFlowError(error) && error.hint ? [error.code, error.message] : String(error));
}
process.stdout.write(JSON.stringify(answers));
