import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { hasServices } from "@tokenflow/services";
import { OAUTH_CLIENT, OAUTH_PROFILES, type OAuthProfile } from "@tokenflow/simulator";
import { afterAll, expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";
import { openStandIns } from "../support/stand-in.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");
const guide = await readFile(resolve(ROOT, "docs/guides/a-client-id.md"), "utf8");
const standIns = await openStandIns();
afterAll(() => standIns[Symbol.asyncDispose]());

/** Returns the words of the guide's line for a service, without the program and what the shell reads. */
function lineFor(service: string): readonly string[] {
  const [, line = ""] = new RegExp(`^tokenflow (login ${service} .*)$`, "m").exec(guide) ?? [];
  const words = line.replace(/ < .*$/, "").match(/"[^"]*"|\S+/g) ?? [];
  return words.map((word) => word.replaceAll('"', "").replace("…", OAUTH_CLIENT.id));
}

function profileOf(name: string): OAuthProfile {
  const profile = OAUTH_PROFILES.find((one) => one.name === name);
  if (!profile) throw new Error(`There is no stand-in for ${name}`);
  return profile;
}

test.each([
  ["microsoft", "Microsoft organizations"],
  ["google", "Google"],
  ["gitlab", "GitLab"],
  ["keycloak", "Keycloak"],
])("its line for %s signs in", async (service, name) => {
  await using sandbox = await openSandbox();
  await using standIn = await standIns.start(profileOf(name));
  const { fake, env } = standIn;
  const args = lineFor(service).map((word) => word.replace("https://sso.example.org", fake.origin));
  expect(args).toContain(OAUTH_CLIENT.id);
  const secret = args.includes("--client-secret-stdin") ? OAUTH_CLIENT.secret : undefined;
  expect(await sandbox.run(args, env, secret)).toMatchObject({ exit: 0 });
  expect(fake.opensApi((await sandbox.run(["token", service], env)).stdout.trim())).toBe(true);
});

const installed = hasServices("bash", "curl");

test.runIf(installed)("and curl gets the header from a file that no command line shows", async () => {
  await using sandbox = await openSandbox();
  await using standIn = await standIns.start(profileOf("Keycloak"));
  const { fake } = standIn;
  const login = lineFor("keycloak").map((word) => word.replace("https://sso.example.org", fake.origin));
  expect((await sandbox.run(login)).exit).toBe(0);
  const api = createServer(({ headers }, response) => {
    const [, token = ""] = /^Bearer (\S+)$/i.exec(headers.authorization ?? "") ?? [];
    response.end(fake.opensApi(token) ? "welcome" : "refused");
  });
  api.listen(0, "127.0.0.1");
  await once(api, "listening");
  const [, line = ""] = /^(curl -H @<\(tokenflow token gitlab --header\)) /m.exec(guide) ?? [];
  const program = `'${process.execPath}' '${resolve(ROOT, "apps/cli/dist/bin.cjs")}'`;
  const command = line.replace("tokenflow", program).replace("gitlab", "keycloak");
  const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/`;
  const env = { PATH: process.env["PATH"], HOME: sandbox.home };
  const { stdout } = await promisify(execFile)("bash", ["-c", `${command} -s ${url}`], { env });
  api.close();
  expect(stdout).toBe("welcome");
});
