import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { secretVariables } from "@tokenflow/common";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../../..");
/** A new variable is either in the list of those without a secret, or here. */
const SECRETS = [
  /_(?:TOKEN|GRANT|CLIENT_SECRET)$/,
  /_(?:ENCRYPTION_KEYS?|PASSPHRASE)$/,
  /^TOKENFLOW_PROXY_KEYS?$/,
  /^(?:HYPER|TOKENFLOW)_API_KEY$/,
  // Not a secret, but a way to tokens, which a command under `exec` is not to have.
  /^TOKENFLOW_AGENT$/,
];

/** The names in the sources of the programs and providers, which are all that read the environment. */
function namesInSources(): ReadonlySet<string> {
  const folders = ["apps", "packages"].flatMap((group) =>
    readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name, "src")),
  );
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(folder, file), "utf8")),
  );
  const names = files.flatMap((text) => text.match(/\b(?:TOKENFLOW|HYPER)_[A-Z0-9_]*[A-Z0-9]\b/g) ?? []);
  return new Set(names.filter((name) => name !== "TOKENFLOW_PROXY"));
}

test("of all names in the sources, exactly the known secrets are secrets", () => {
  const names = [...namesInSources(), "TOKENFLOW_PROXY_KEY", "TOKENFLOW_PROXY_KEYS"];
  const env = Object.fromEntries(names.map((name) => [name, "any"]));
  const secrets = new Set(secretVariables(env));
  expect(names).toContain("TOKENFLOW_ENCRYPTION_KEY");
  expect(names.filter((name) => secrets.has(name) !== SECRETS.some((known) => known.test(name)))).toEqual([]);
});

test("a name that nobody has heard of counts as a secret, and so does an address with a password", () => {
  const env = {
    TOKENFLOW_SOMETHING_NEW: "x",
    TOKENFLOW_STORE: "redis://:hunter2@cache:6379",
    TOKENFLOW_GITHUB_URL: "https://github.test",
    HTTPS_PROXY: "http://me:secret@proxy",
    OTHER: "x",
  };
  expect(secretVariables(env)).toEqual(["TOKENFLOW_SOMETHING_NEW", "TOKENFLOW_STORE"]);
});
