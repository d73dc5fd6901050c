import { expect, test } from "vitest";
import { COMMANDS } from "../../src/commands.ts";
import { expectGolden } from "../support/golden.ts";
import { openSandbox } from "../support/sandbox.ts";

test("--help of the program, and of each command with examples", async () => {
  await using sandbox = await openSandbox();
  const program = await sandbox.run(["--help"]);
  expect([program.exit, program.stderr]).toEqual([0, ""]);
  await expectGolden("help", program.stdout);
  const names = Object.keys(COMMANDS);
  const helps = await Promise.all(names.map((name) => sandbox.run([name, "--help"])));
  for (const [index, { exit, stdout, stderr }] of helps.entries()) {
    const name = names[index] ?? "";
    expect.soft([exit, stderr], name).toEqual([0, ""]);
    expect.soft(stdout, name).toMatch(new RegExp(`^Examples:\n(?:  .*\n)*?  .*tokenflow ${name}`, "m"));
    expect.soft(program.stdout, name).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
    await expectGolden(`help-${name}`, stdout);
  }
});

test("--version prints only the version", async () => {
  await using sandbox = await openSandbox();
  const { exit, stdout, stderr } = await sandbox.run(["--version"]);
  expect([exit, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await sandbox.run(["-v"])).toEqual({ exit, stdout, stderr });
});
