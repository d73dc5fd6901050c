import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const UNIT = join(import.meta.dirname, "../../deploy/tokenflow-proxy.service");
const isThere = spawnSync("systemd-analyze", ["--version"]).status === 0;
const isSkipped = !isThere && process.env["TOKENFLOW_REQUIRE_SERVICES"] !== "1";

if (isSkipped) {
  process.stderr.write("The systemd unit is not checked: no systemd-analyze. Run: apt-get install systemd\n");
}

test.skipIf(isSkipped)("systemd finds nothing wrong with it", () => {
  const units = [UNIT, UNIT.replace(/service$/, "socket")];
  const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", ...units], { encoding: "utf8" });

  expect([status, stdout, stderr]).toEqual([0, "", ""]);
});

test.skipIf(isSkipped)("and little that it could still do to the machine", () => {
  const { status, stdout } = spawnSync(
    "systemd-analyze",
    ["security", "--offline=true", "--threshold=20", "--no-pager", UNIT],
    { encoding: "utf8" },
  );

  expect(stdout).toMatch(/Overall exposure level.*OK/);
  expect(status).toBe(0);
});
