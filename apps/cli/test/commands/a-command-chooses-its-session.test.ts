import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("it is the only one, the provider's default, or the one that is named", async () => {
  await using sandbox = await openSandbox();
  expect((await sandbox.run(["token"])).stderr).toBe(
    "tokenflow: not signed in (looked in ~/.config/tokenflow). Run: tokenflow login copilot\n",
  );

  await sandbox.signIn(["copilot", "--account", "work"], "hubot");
  expect(await account(sandbox, ["token"])).toBe("copilot/work");
  expect(await account(sandbox, ["token", "copilot"])).toBe("copilot/work");

  await sandbox.signIn(["copilot"]);
  expect(await account(sandbox, ["token"])).toBe("copilot/default");
  expect(await account(sandbox, ["token", "copilot", "--account", "work"])).toBe("copilot/work");
  expect(await account(sandbox, ["token", "--account", "work"])).toBe("copilot/work");

  await sandbox.signIn(["hyper"]);
  expect(await account(sandbox, ["token", "hyper"])).toBe("hyper/default");
  expect(await sandbox.run(["token"])).toEqual({
    exit: 2,
    stdout: "",
    stderr:
      "tokenflow: several sessions match: copilot --account default, copilot --account work, hyper --account default. Choose one of them.\n",
  });
});

test("a named session does not depend on the others", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn(["copilot"]);
  await sandbox.signIn(["hyper"]);
  await chmod(join(sandbox.folder, "hyper.json"), 0o644);
  expect(await account(sandbox, ["token", "copilot"])).toBe("copilot/default");
  expect((await sandbox.run(["token", "hyper"])).exit).toBe(8);
});

async function account(
  sandbox: Awaited<ReturnType<typeof openSandbox>>,
  args: readonly string[],
): Promise<string> {
  const { stdout } = await sandbox.run([...args, "--json"]);
  const { provider, account } = JSON.parse(stdout) as Record<string, string>;
  return `${provider}/${account}`;
}
