import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { canOpenBrowser, type DesktopEnvironment, openAddress } from "@tokenflow/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const DESKTOP: DesktopEnvironment = {
  env: { DISPLAY: ":0" },
  platform: "linux",
  interactive: true,
  exists: () => false,
};

describe("a browser is opened", () => {
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
      openAddress(address, { env: { PATH: path }, failed: resolve, platform: "linux" });
    });

  test("the address is the only argument, even with special characters", async () => {
    openAddress("https://id.test/device?user_code=A&b=$(id) ;x", {
      env: { PATH: `${folder}:/bin` },
      platform: "linux",
    });
    await expect
      .poll(() => readFile(join(folder, "opened"), "utf8").catch(() => ""))
      .toBe("https://id.test/device?user_code=A&b=$(id)%20;x\n");
  });

  test.each([
    "file:///etc/passwd",
    "javascript:alert(1)",
    "vscode://x",
    "http://id.test/",
    "http://10.0.0.1/",
    "--help",
    "",
  ])("%s is never opened", async (address) => {
    expect(await open(address, "/no/such/folder")).toBe("it is not an https address");
  });

  test("a failure is reported", async () => {
    expect(await open("https://fails.test/")).toBe("xdg-open exited with code 3");
    expect(await open("https://id.test/", "/no/such/folder")).toBe("xdg-open cannot be run");
  });
});
