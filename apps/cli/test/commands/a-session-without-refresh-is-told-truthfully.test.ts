import { type OAuthProfile, startOAuthFake } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

const profile: OAuthProfile = {
  name: "without refresh tokens",
  document: {},
  says: { refresh: "none", omits: ["expires_in"] },
};
const LOGIN = ["login", "work", "--client-id", "our-client", "--issuer"];

test("a token without an end is valid, is not refreshed, and stays valid after somebody tried", async () => {
  await using sandbox = await openSandbox();
  await using fake = await startOAuthFake(profile);
  expect((await sandbox.run([...LOGIN, fake.origin])).exit).toBe(0);
  const { stdout: token } = await sandbox.run(["token", "work"]);

  for (const args of [
    ["refresh", "work"],
    ["token", "work", "--force-refresh"],
  ]) {
    const refused = await sandbox.run(args);
    expect(refused.stderr).toMatch(
      /issued no refresh token, so the token cannot be refreshed\. It is still valid/,
    );
    expect(refused.exit).toBe(2);
  }
  expect((await sandbox.run(["status"])).stdout).toMatch(
    /^work +default +\S+ +valid, no refresh +– +– +file$/m,
  );
  const [row]: unknown[] = JSON.parse((await sandbox.run(["status", "--json"])).stdout);
  expect(row).toMatchObject({ state: "valid", renewable: false });
  const doctor = await sandbox.run(["doctor"]);
  expect(doctor.stdout).toContain("work/default: the token is valid until the service rejects it");
  expect(doctor.exit).toBe(0);
  expect((await sandbox.run(["token", "work"])).stdout).toBe(token);
});

test("a token with an end is served until then, and afterwards only a sign-in helps", async () => {
  await using sandbox = await openSandbox();
  await using long = await startOAuthFake({ ...profile, says: { refresh: "none", lifetime: 3600 } });
  expect((await sandbox.run([...LOGIN, long.origin])).exit).toBe(0);
  expect((await sandbox.run(["status"])).stdout).toContain("valid, no refresh");
  expect((await sandbox.run(["doctor"])).stdout).toMatch(
    /work\/default: the token is valid until .* and cannot be refreshed/,
  );

  expect((await sandbox.run(["logout", "work"])).exit).toBe(0);
  await using short = await startOAuthFake({ ...profile, says: { refresh: "none", lifetime: 1 } });
  expect((await sandbox.run([...LOGIN, short.origin])).exit).toBe(0);
  await expect
    .poll(async () => (await sandbox.run(["status"])).stdout, { timeout: 15_000 })
    .toContain("expired, no refresh");
  const doctor = await sandbox.run(["doctor"]);
  expect(doctor.stdout).toContain("the token has expired, and the service gave nothing to refresh it with");
  expect(doctor.exit).toBe(3);
  const refused = await sandbox.run(["token", "work"]);
  expect(refused.stderr).toContain("its token is no longer valid");
  expect(refused.exit).toBe(3);
});
