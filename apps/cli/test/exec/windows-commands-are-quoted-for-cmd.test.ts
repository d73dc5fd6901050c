import { expect, test } from "vitest";
import { spawnPlan } from "../../src/exec/spawn-plan.ts";

const FILES = new Set(["C:\\node\\claude.CMD", "C:\\node\\node.EXE", "C:\\other\\claude.EXE"]);
const windows = {
  platform: "win32",
  env: { Path: "C:\\node;C:\\other", PATHEXT: ".COM;.EXE;.BAT;.CMD", ComSpec: "C:\\Windows\\cmd.exe" },
  exists: (path: string) => FILES.has(path),
} as const;

test("on other platforms a command is started unchanged", () => {
  const args = ["a b", "$HOME"];
  expect(spawnPlan("claude", args, { ...windows, platform: "linux" })).toEqual({ file: "claude", args });
});

test("a program is found by the endings of PATHEXT, in the order of PATH", () => {
  expect(spawnPlan("node", ["-v"], windows)).toEqual({ file: "C:\\node\\node.EXE", args: ["-v"] });
  expect(spawnPlan("nothing", [], windows)).toEqual({ file: "nothing", args: [] });
});

test("cmd.exe runs a .cmd file and interprets none of its arguments", () => {
  expect(spawnPlan("claude", ["-p", 'say "hi" & del *', "100%", "back\\"], windows)).toEqual({
    file: "C:\\Windows\\cmd.exe",
    args: [
      "/d",
      "/s",
      "/c",
      String.raw`"C:\node\claude.CMD ^^^"-p^^^" ^^^"say^^^ \^^^"hi\^^^"^^^ ^^^&^^^ del^^^ ^^^*^^^" ^^^"100^^^%^^^" ^^^"back\\^^^""`,
    ],
    windowsVerbatimArguments: true,
  });
});
