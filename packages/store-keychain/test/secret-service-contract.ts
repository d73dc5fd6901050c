import { join } from "node:path";
import { type ContractCase, storeContract } from "@tokenflow/core/testing";
import { startChild } from "@tokenflow/services";
import { createKeychainStore } from "@tokenflow/store-keychain";

/** The store contract over the real Secret Service: once as it is used there, once with values in parts. */
export function secretServiceContract(lockFolder: string): readonly ContractCase[] {
  let places = 0;
  const contract = (maxBytes: number | undefined, bigValue: number): readonly ContractCase[] =>
    storeContract({
      bigValue,
      capabilities: ["iterator", "replace", "lock", "death"],
      createStore: () => {
        places += 1;
        const options = {
          service: `contract ${places}`,
          lockFolder: join(lockFolder, `${places}`),
          maxBytes,
        };
        return {
          store: createKeychainStore(options),
          other: createKeychainStore(options),
          holdElsewhere: async (key) => {
            const holder = startChild(
              join(import.meta.dirname, "hold-lock.ts"),
              options.lockFolder,
              key,
              options.service,
            );
            await holder.line("held");
            return () => holder.kill();
          },
        };
      },
    });
  const split = contract(2560, 12_000)
    .filter(({ name }) => /big value/.test(name))
    .map(({ name, run }) => ({ name: `in parts: ${name}`, run }));
  // The list comes from the index alone. The test over a keychain in memory covers this case in less than 4 s.
  const whole = contract(undefined, 200_000).filter(
    ({ name }) => !name.startsWith("hostile keys are listed"),
  );
  return [...whole, ...split];
}
