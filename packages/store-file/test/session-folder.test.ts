import { isTokenFlowError } from "@tokenflow/core";
import { sessionFolder } from "@tokenflow/store-file";
import { describe, expect, test } from "vitest";

describe.each(["linux", "darwin"])("on %s sessions lie", (platform) => {
  const at = (env: Record<string, string>, home: string | undefined = "/home/mona"): string =>
    sessionFolder({ env, platform, home, cwd: "/projects" });

  test("in ~/.config/tokenflow", () => {
    expect(at({})).toBe("/home/mona/.config/tokenflow");
    expect(at({ TOKENFLOW_HOME: "", XDG_CONFIG_HOME: "" })).toBe("/home/mona/.config/tokenflow");
    expect(at({ APPDATA: "/data" })).toBe("/home/mona/.config/tokenflow");
  });

  test("in XDG_CONFIG_HOME if that is absolute", () => {
    expect(at({ XDG_CONFIG_HOME: "/xdg" })).toBe("/xdg/tokenflow");
    expect(at({ XDG_CONFIG_HOME: "xdg" })).toBe("/home/mona/.config/tokenflow");
  });

  test("in TOKENFLOW_HOME first, relative to the working folder", () => {
    expect(at({ TOKENFLOW_HOME: "/srv/sessions", XDG_CONFIG_HOME: "/xdg" })).toBe("/srv/sessions");
    expect(at({ TOKENFLOW_HOME: "sessions/.." })).toBe("/projects");
    expect(at({ TOKENFLOW_HOME: "./sessions" })).toBe("/projects/sessions");
  });

  test("nowhere without a home, and the hint says what to set", () => {
    for (const home of ["", "relative"]) expect(refusal(() => at({}, home))).toContain("TOKENFLOW_HOME");
    expect(at({ TOKENFLOW_HOME: "/srv" }, "")).toBe("/srv");
    expect(at({ XDG_CONFIG_HOME: "/xdg" }, "")).toBe("/xdg/tokenflow");
  });
});

describe("on Windows sessions are stored", () => {
  const home = "C:\\Users\\mona";
  const at = (env: Record<string, string>, from: string | undefined = home): string =>
    sessionFolder({ env, platform: "win32", home: from, cwd: "D:\\projects" });

  test("in %APPDATA%\\tokenflow", () => {
    expect(at({ APPDATA: `${home}\\AppData\\Roaming` })).toBe(`${home}\\AppData\\Roaming\\tokenflow`);
    expect(at({ XDG_CONFIG_HOME: "C:\\xdg" })).toBe(`${home}\\AppData\\Roaming\\tokenflow`);
  });

  test("in TOKENFLOW_HOME first, relative to the working folder", () => {
    expect(at({ TOKENFLOW_HOME: "E:\\sessions", APPDATA: "C:\\x" })).toBe("E:\\sessions");
    expect(at({ TOKENFLOW_HOME: "sessions" })).toBe("D:\\projects\\sessions");
  });

  test("nowhere without a profile, and the hint says what to set", () => {
    expect(refusal(() => at({}, ""))).toContain("TOKENFLOW_HOME");
  });
});

function refusal(run: () => string): string {
  try {
    return `nothing was refused: ${run()}`;
  } catch (error) {
    return isTokenFlowError(error, "store.unavailable") ? `${error.hint}` : String(error);
  }
}
