import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProxyKey } from "@tokenflow/proxy";
import { readSettings } from "@tokenflow/proxy/program";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenflow-settings-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(content: unknown, mode = 0o600): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  await chmod(path, mode);
  return path;
}

test("a flag wins over a variable, a variable over the file, each setting for itself", async () => {
  const config = await file({
    port: 1,
    drain: "3s",
    concurrency: 5,
    origins: ["https://a.example"],
    bodyLimit: 2,
  });
  const env = { TOKENFLOW_PROXY_PORT: "2", TOKENFLOW_PROXY_DRAIN: "2m", TOKENFLOW_PROXY_CONFIG: config };

  expect(await readSettings({ port: "4", queue: "0" }, env)).toMatchObject({
    port: 4,
    drain: 120_000,
    limits: { concurrency: 5, queue: 0, requestsPerMinute: undefined },
    origins: ["https://a.example"],
    bodyLimit: 2 * 1024 * 1024,
    keys: [],
    autoKey: false,
  });
  expect(
    await readSettings({ config: await file({ keepalive: "15s", headerLimit: 64 }) }, env),
  ).toMatchObject({
    port: 2,
    keepAlive: 15_000,
    headerLimit: 65_536,
    origins: undefined,
  });
});

test("keys have names, and come from the environment and the file together", async () => {
  const ofFile: Required<ProxyKey> = {
    name: "ci",
    secret: "secret-of-ci",
    session: "copilot@work",
    allow: ["GET /models"],
    origins: ["https://app.example.org"],
    limits: { concurrency: 2, queue: 3, requestsPerMinute: 10 },
  };
  const config = await file({ keys: [ofFile], aliases: { fast: "gpt-4.1" } });
  const env = {
    TOKENFLOW_PROXY_KEY: "first-secret",
    TOKENFLOW_PROXY_KEYS: "laptop:second-secret, phone:third:secret",
  };

  const { keys, aliases } = await readSettings({ config }, env);

  expect(keys).toEqual([
    { name: "TOKENFLOW_PROXY_KEY", secret: "first-secret" },
    { name: "laptop", secret: "second-secret" },
    { name: "phone", secret: "third:secret" },
    ofFile,
  ]);
  expect(aliases).toEqual({ fast: "gpt-4.1" });
});

test.each([
  [{ key: "auto" }, {}],
  [{}, { TOKENFLOW_PROXY_KEY: "auto" }],
])("%j and %j ask for a key to be made", async (flags, env) => {
  expect(await readSettings(flags, env)).toMatchObject({ autoKey: true, keys: [] });
});

test.each([
  ["an unknown member", { prot: 1 }, ':1:2: unknown setting "prot"; did you mean port?'],
  ["a list of numbers", { origins: [1] }, ':1:2: "origins" must be text, a number or a list of texts'],
  ["a path in an origin", { origins: ["https://a.example/x"] }, "without paths"],
  ["no JSON", '{"keys":[{"secret":"hush-hush"', ":1:31: not valid JSON"],
  ["a list", [], " must be a JSON object"],
  ["a key without a name", { keys: [{ secret: "hush-hush" }] }, ':1:10: "keys.0.name" is missing'],
  [
    "a key with more",
    { keys: [{ name: "a", secret: "hush-hush", provider: "x" }] },
    'unknown setting "keys.0.provider"',
  ],
  [
    "a secret of digits",
    { keys: [{ name: "a", secret: 123_456_789 }] },
    ':1:22: "keys.0.secret" must be text',
  ],
  ["a short key", { keys: [{ name: "a", secret: "hush" }] }, 'The key "a" has fewer than 8'],
  [
    "a limit of nothing",
    { keys: [{ name: "a", secret: "hush-hush", limits: { concurrency: 0 } }] },
    '"keys.0.limits.concurrency" must be a whole number from 1',
  ],
  [
    "a limit unknown",
    { keys: [{ name: "a", secret: "hush-hush", limits: { rate: 1 } }] },
    'unknown setting "keys.0.limits.rate"',
  ],
  ["an alias of a number", { aliases: { a: 1 } }, ':1:13: "aliases.a" must be the name of a model, not 1'],
  [
    "a duration in words",
    { drain: "soon" },
    ':1:2: "drain" must be a duration such as 90s, 5m or 1h30m, not "soon"',
  ],
])("%s in the file is refused, and no secret shown", async (_what, content, says) => {
  const failure: unknown = await readSettings({ config: await file(content) }, {}).catch(
    (error: unknown) => error,
  );

  expect(failure).toMatchObject({ name: "UsageError", message: expect.stringContaining(says) });
  expect(String(failure)).not.toContain("hush");
});

test.skipIf(process.platform === "win32")(
  "a file with keys that others can read is refused; without keys it is fine",
  async () => {
    const keys = [{ name: "a", secret: "long-enough" }];

    await expect(readSettings({ config: await file({ keys }, 0o640) }, {})).rejects.toMatchObject({
      code: "store.insecure",
      hint: expect.stringContaining("chmod 600"),
    });
    expect((await readSettings({ config: await file({ port: 5 }, 0o644) }, {})).port).toBe(5);
  },
);
