import { keyvApiTests, keyvIteratorTests, keyvNamespaceTest, keyvValueTests } from "@keyv/test-suite";
import { Keyv, type KeyvStorageAdapter } from "keyv";
import type { TestContext } from "vitest";

export interface KeyvCase {
  readonly name: string;
  run(context: TestContext): Promise<void>;
}

/** These two cases expect the answers of Keyv 5. */
const NOT_FOR_KEYV_6: ReadonlySet<string> = new Set([
  // Keyv 6 answers a list with one result for each key.
  ".deleteMany([keys]) with nonexistent keys resolves to false",
  // Sets `opts` of the adapter, which is not part of Keyv 6's contract.
  "value can be BigInt using other serializer/deserializer",
]);

type Act = (context: TestContext) => unknown;

/**
 * Returns Keyv's own suite for storage adapters, with Keyv 6, as cases for the test runner.
 * @param store opens another handle on the same store
 */
export function keyvSuite(store: () => KeyvStorageAdapter): readonly KeyvCase[] {
  return [keyvApiTests, keyvValueTests, keyvNamespaceTest, keyvIteratorTests].flatMap((suite) => {
    const cases: { readonly name: string; readonly act: Act }[] = [];
    const before: Act[] = [];
    const after: Act[] = [];
    const recorder = {
      it: (name: string, act: Act) => void cases.push({ name, act }),
      beforeEach: (act: Act) => void before.push(act),
      afterEach: (act: Act) => void after.push(act),
    };
    suite(recorder as never, Keyv, store);
    return cases
      .filter(({ name }) => !NOT_FOR_KEYV_6.has(name))
      .map(({ name, act }) => ({
        name,
        run: async (context: TestContext) => {
          for (const step of [...before, act, ...after]) await step(context);
        },
      }));
  });
}
