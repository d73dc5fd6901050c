import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

/** Words, and `&&` between commands: what sh and cmd read alike. No variables, no quotes, no builtins. */
const COMMAND = /^(?!export |set |\w+=)[\w@./:=-]+( [\w@./:=-]+)*$/;

test("a script of the root is made of nothing but words and &&; exec is there under cmd too", async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const commands = Object.values(scripts).flatMap((script) => script.split(" && "));
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter((command) => !COMMAND.test(command))).toEqual([]);
  expect(commands.filter((command) => command.startsWith("exec "))).toHaveLength(1);
  expect(await readFile(join(ROOT, "exec.cmd"), "utf8")).toMatch(/^@%\*$/m);
});
