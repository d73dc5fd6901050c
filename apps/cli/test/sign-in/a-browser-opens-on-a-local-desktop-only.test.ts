import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { hasServices } from "@tokenflow/services";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { canOpenBrowser, type DesktopEnvironment, openBrowser } from "../../src/sign-in/browser.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const DESKTOP: DesktopEnvironment = {
  env: { DISPLAY: ":0" },
  platform: "linux",
  interactive: true,
  exists: () => false,
};

describe("where", () => {
  test.each<[string, Partial<DesktopEnvironment>]>([
    ["X11", {}],
    ["Wayland", { env: { WAYLAND_DISPLAY: "wayland-0" } }],
    ["macOS", { platform: "darwin", env: {} }],
    ["Windows", { platform: "win32", env: {} }],
    ["CI=false", { env: { DISPLAY: ":0", CI: "false" } }],
  ])("%s: yes", (_, change) => {
    expect(canOpenBrowser({ ...DESKTOP, ...change })).toBe(true);
  });

  test.each<[string, Partial<DesktopEnvironment>]>([
    ["no terminal", { interactive: false }],
    ["no display", { env: {} }],
    ["SSH with a forwarded display", { env: { DISPLAY: "localhost:10.0", SSH_CONNECTION: "1 2 3 4" } }],
    ["SSH to a Mac", { platform: "darwin", env: { SSH_TTY: "/dev/ttys1" } }],
    ["CI", { env: { DISPLAY: ":99", CI: "true" } }],
    ["docker", { exists: (path) => path === "/.dockerenv" }],
    ["podman", { exists: (path) => path === "/run/.containerenv" }],
    ["a container that says so", { env: { DISPLAY: ":0", container: "podman" } }],
    ["a codespace", { env: { DISPLAY: ":0", CODESPACES: "true" } }],
    ["a pod", { env: { DISPLAY: ":0", KUBERNETES_SERVICE_HOST: "10.0.0.1" } }],
  ])("%s: no", (_, change) => {
    expect(canOpenBrowser({ ...DESKTOP, ...change })).toBe(false);
  });
});

describe.skipIf(process.platform === "win32")("how", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tokenflow-browser-"));
    const opener = join(folder, "xdg-open");
    await writeFile(
      opener,
      `#!/bin/sh\necho "$*" >> ${folder}/opened\n[ "$1" != "https://fails.test/" ] || exit 3\n`,
    );
    await chmod(opener, 0o755);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const open = (address: string, path = `${folder}${delimiter}/bin`): Promise<string> =>
    new Promise((resolve) => {
      openBrowser(address, { PATH: path }, resolve, "linux");
    });

  test("the address is the only argument, even with special characters", async () => {
    openBrowser(
      "https://id.test/device?user_code=A&b=$(id) ;x",
      { PATH: `${folder}:/bin` },
      () => undefined,
      "linux",
    );
    await expect
      .poll(() => readFile(join(folder, "opened"), "utf8").catch(() => ""))
      .toBe("https://id.test/device?user_code=A&b=$(id)%20;x\n");
  });

  test.each(["file:///etc/passwd", "javascript:alert(1)", "vscode://x", "--help", ""])(
    "%s is never opened",
    async (address) => {
      expect(await open(address, "/no/such/folder")).toBe("it is not a web address");
    },
  );

  test("a failure is reported", async () => {
    expect(await open("https://fails.test/")).toBe("xdg-open exited with code 3");
    expect(await open("https://id.test/", "/no/such/folder")).toBe("xdg-open cannot be run");
  });
});

const terminal = hasServices("script");
const inContainer = ["/.dockerenv", "/run/.containerenv"].some((path) => existsSync(path));

describe.skipIf(!terminal)("login", () => {
  let sandbox: Sandbox;
  const opened = (): Promise<string> => readFile(join(sandbox.home, "opened"), "utf8").catch(() => "");
  /** Creates a desktop whose opener records its arguments. */
  const desktop = (): Record<string, string> => ({
    PATH: `${sandbox.home}${delimiter}${process.env["PATH"] ?? ""}`,
    DISPLAY: ":0",
  });
  beforeEach(async () => {
    sandbox = await openSandbox();
    const opener = join(sandbox.home, "xdg-open");
    await writeFile(opener, `#!/bin/sh\necho "$*" >> ${sandbox.home}/opened\nexit \${OPENER_EXIT:-0}\n`);
    await chmod(opener, 0o755);
  });
  afterEach(() => sandbox[Symbol.asyncDispose]());

  const login = async (args: readonly string[], env: Record<string, string>): Promise<string> => {
    const running = sandbox.startInTerminal(["login", "copilot", ...args], env);
    const [, userCode = ""] = await running.seen(/enter {3}\S*?([A-Z]{4}-[A-Z]{4})/);
    if (env["OPENER_EXIT"]) await running.seen(/could not be opened/);
    sandbox.simulator.approve(userCode);
    const { exit, stdout } = await running.ended;
    expect(exit).toBe(0);
    return stdout;
  };

  test("none with --no-browser, and none over SSH", async () => {
    await login(["--no-browser"], desktop());
    await login([], { ...desktop(), SSH_CONNECTION: "1 2 3 4" });
    expect(await opened()).toBe("");
  });

  test.skipIf(!inContainer)("none in a container", async () => {
    await login([], desktop());
    expect(await opened()).toBe("");
  });

  test.skipIf(inContainer)("on a desktop it opens the address and reports a failure", async () => {
    await login([], desktop());
    await expect.poll(opened).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login\/device\S*\n$/);
    expect(await login([], { ...desktop(), OPENER_EXIT: "4" })).toContain(
      "Could not open the browser (xdg-open exited with code 4). Open the link yourself.",
    );
  });
});
