import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noRedis, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

/** Asks the model once for each name, through a proxy that is then stopped. */
async function askThroughProxy(
  sandbox: Sandbox,
  models: readonly string[],
  args: readonly string[] = [],
): Promise<readonly Response[]> {
  const proxy = sandbox.start(["proxy", "--port", "0", ...args]);
  const [url] = await proxy.seen(/http:\/\/127\.0\.0\.1:\d+/);
  const answers: Response[] = [];
  for (const model of models) {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "How much?" }] });
    const headers = { "user-agent": "a-client/1.0" };
    const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", body, headers });
    await answer.clone().text();
    answers.push(answer);
  }
  proxy.child.kill("SIGTERM");
  expect((await proxy.ended).exit).toBe(0);
  return answers;
}

test("as a table, JSON and CSV, and it can be forgotten", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  expect(await sandbox.run(["usage"])).toMatchObject({ exit: 0, stdout: "", stderr: /^No answers since 20/ });
  const answers = await askThroughProxy(sandbox, ["gpt-4.1", "gpt-4.1", "claude-sonnet-4.5"]);
  const bills = await Promise.all(answers.map(async (answer) => JSON.parse(await answer.text())));
  const credits = (list: readonly { copilot_usage: { total_nano_aiu: number } }[]): number =>
    list.reduce((sum, bill) => sum + bill.copilot_usage.total_nano_aiu, 0) / 1e9;

  const { stdout } = await sandbox.run(["usage", "--json"]);
  const rows: readonly { name: string; credits: number }[] = JSON.parse(stdout);
  expect(rows.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    expect.objectContaining({ name: "claude-sonnet-4.5", answers: 1, unknown: 0 }),
    expect.objectContaining({ name: "gpt-4.1", answers: 2, unknown: 0 }),
  ]);
  expect(rows.reduce((sum, row) => sum + row.credits, 0)).toBeCloseTo(credits(bills), 9);

  const table = await sandbox.run(["usage", "--by", "client"]);
  expect(table.stdout).toMatch(/^CLIENT +ANSWERS +UNKNOWN +INPUT +CACHED +OUTPUT +REASONING +CREDITS$/m);
  expect(table.stdout).toMatch(/^a-client +3 +0 +\d+ +\d+ +\d+ +0 +\d+\.\d\d +#{20}$/m);
  const csv = await sandbox.run(["usage", "--by", "day", "--csv"]);
  expect(csv.stdout).toMatch(
    /^day,answers,unknown,input,cached,output,reasoning,credits\n20\d\d-\d\d-\d\d,3,0,/,
  );

  expect(await sandbox.run(["usage", "--forget"])).toMatchObject({
    exit: 0,
    stderr: /^Deleted the usage of 3 answers in /,
  });
  expect((await sandbox.run(["usage", "--json"])).stdout).toBe("[]\n");
});

test("a budget of a day is held after a restart, and nothing is kept with --usage off", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await askThroughProxy(sandbox, ["gpt-4.1"], ["--usage", "off"]);
  expect((await sandbox.run(["usage", "--json"])).stdout).toBe("[]\n");
  await askThroughProxy(sandbox, ["gpt-4.1"]);
  const [refused] = await askThroughProxy(sandbox, ["gpt-4.1"], ["--budget", "1tokens/day"]);
  expect(refused?.status).toBe(429);
  expect(await refused?.text()).toMatch(/The budget is used up: \d+ of 1 tokens in this day\. More from 20/);
});

test.skipIf(noRedis)(
  "the proxies of a fleet are added up, on any machine, and can be forgotten",
  async () => {
    await using redis = await startRedis();
    await using sandbox = await openSandbox();
    const store = ["--store", redis.url];
    await sandbox.signIn(["copilot", ...store]);
    const fleet = ["usage", "--fleet", ...store];
    expect(await sandbox.run(fleet)).toMatchObject({ exit: 0, stdout: "", stderr: /^No answers since 20/ });
    const usage = (name: string): readonly string[] => [...store, "--usage", join(sandbox.home, name)];
    await askThroughProxy(sandbox, ["gpt-4.1"], usage("first.db"));
    await askThroughProxy(sandbox, ["gpt-4.1", "claude-sonnet-4.5"], usage("second.db"));
    await askThroughProxy(sandbox, ["gpt-4.1"], [...store, "--usage", "off"]);
    expect((await sandbox.run([...fleet, "--by", "client"])).stdout).toMatch(/^a-client +3 +0 +\d+ /m);
    const rows: readonly { name: string; answers: number }[] = JSON.parse(
      (await sandbox.run([...fleet, "--json"])).stdout,
    );
    expect(Object.fromEntries(rows.map(({ name, answers }) => [name, answers]))).toEqual({
      "claude-sonnet-4.5": 1,
      "gpt-4.1": 2,
    });
    expect(await sandbox.run([...fleet, "--forget"])).toMatchObject({
      exit: 0,
      stderr: /^Deleted the usage of 3 answers in redis:/,
    });
    expect((await sandbox.run([...fleet, "--json"])).stdout).toBe("[]\n");
  },
);

test("exec --budget ends what a command may use in one run", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const script = `
    const ask = () => fetch(process.env.OPENAI_BASE_URL + "/chat/completions", {
      method: "POST",
      headers: { authorization: "Bearer " + process.env.OPENAI_API_KEY },
      body: JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "Hello" }] }),
    });
    for (const _ of [1, 2]) { const answer = await ask(); console.log(answer.status); await answer.text(); }`;
  const command = ["--", "node", "--input-type=module", "--eval", script];
  const { exit, stdout } = await sandbox.run(["exec", "copilot", "--budget", "1tokens", ...command]);
  expect([exit, stdout]).toEqual([0, "200\n429\n"]);
  expect((await sandbox.run(["usage", "--json"])).stdout).toBe("[]\n");
});

test.each([
  [
    ["usage", "--by", "colour"],
    '--by must be one of model, key, session, client, day, conversation, not "colour"',
  ],
  [["usage", "--since", "soon"], "--since must be a duration"],
  [["usage", "--json", "--csv"], "--json cannot be combined with --csv"],
  [["usage", "--fleet"], "--fleet needs a store in Redis, not file"],
  [["usage", "--fleet", "--file", "usage.db"], "--fleet cannot be combined with --file"],
  [["usage", "--fleet", "--by", "conversation"], "--by must be one of model, key, session, client, day, not"],
  [["exec", "copilot", "--budget", "5/day", "--", "true"], "--budget must be an amount such as 50"],
  [["proxy", "--budget", "much"], "--budget must be an amount such as 50, 50/day"],
])("%j is refused with a sentence", async (args, message) => {
  await using sandbox = await openSandbox();
  const { exit, stderr } = await sandbox.run(args);
  expect(exit).toBe(2);
  expect(stderr).toContain(message);
});

test("a file that is no database is named, and stays as it is", async () => {
  await using sandbox = await openSandbox();
  const file = join(sandbox.home, "mine.txt");
  await writeFile(file, "my own words ".repeat(1_000));
  for (const more of [[], ["--forget"]]) {
    const { exit, stderr } = await sandbox.run(["usage", "--file", file, ...more]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/mine\.txt cannot be read: .+ Move the file away, or name another by --file\./s);
  }
});
