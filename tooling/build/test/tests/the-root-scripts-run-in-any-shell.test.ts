import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../../..");

/** Words with `&&` between commands, which sh and cmd read alike. No variables, quotes or builtins. */
const COMMAND = /^(?!export |set |\w+=)[\w@./:=-]+( [\w@./:=-]+)*$/;

test("root scripts contain only words and &&, and exec exists under cmd", async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const commands = Object.values(scripts).flatMap((script) => script.split(" && "));
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter((command) => !COMMAND.test(command))).toEqual([]);
  expect(commands.filter((command) => command.startsWith("exec "))).toHaveLength(1);
  expect(await readFile(join(ROOT, "exec.cmd"), "utf8")).toMatch(/^@%\*$/m);
});
