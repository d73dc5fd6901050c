import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { openSandbox } from "../support/sandbox.ts";

test("each command prints what its golden file says", async () => {
  await using sandbox = await openSandbox();
  const shown = async (name: string, ...args: readonly string[]): Promise<void> => {
    const { exit, stdout, stderr } = await sandbox.run(args);
    expect.soft(exit, name).toBe(0);
    await expectGolden(name, `$ tokenflow ${args.join(" ")}\n${stderr}${stdout}`);
  };
  const login = await sandbox.signIn();
  expect(login.exit).toBe(0);
  await expectGolden("login", `$ tokenflow login copilot\n${login.stderr}${login.stdout}`);
  await sandbox.signIn(["hyper", "--account", "work"]);
  await shown("status", "status");
  await shown("status-json", "status", "copilot", "--json");
  await shown("refresh", "refresh", "copilot");
  await shown("refresh-json", "refresh", "copilot", "--json");
  await shown("providers", "providers");
  await shown("stores", "stores");
  await shown("config-set", "config", "set", "store", "file");
  await shown("config", "config");
  await shown("config-get", "config", "get", "store");
  await shown("config-path", "config", "path");
  await shown("logout", "logout", "copilot");
  await shown("logout-all", "logout", "--all");
  await shown("status-empty", "status");
  await writeFile(join(sandbox.folder, "config.json"), '{ "stroe": "file" }');
  await shown("config-misspelt", "status");
});
