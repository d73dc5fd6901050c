import { findSecret } from "@tokenflow/core/testing";
import {
  type Recording,
  replayRecording,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { checkAssumptions } from "./assumptions.ts";
import { runLive } from "./run-live.ts";

/** Runs the whole live test. Only the host is another, and the approval is not a person's. */
async function runAgainst(simulator: Simulator, ownToken: string) {
  const { githubUrl, githubApiUrl } = simulator;
  const provider = { githubUrl, githubApiUrl };
  const lines: string[] = [];
  const seen: { recording?: Recording; githubToken: string } = { githubToken: "" };
  const changed = await checkAssumptions({
    provider,
    onUserCode: ({ userCode }) => simulator.approve(userCode),
    use: async (grant) => {
      seen.githubToken = String(grant["githubToken"]);
      seen.recording = await runLive({
        provider,
        githubApiUrl,
        githubToken: seen.githubToken,
        ownToken,
        isSimulated: true,
        print: (line) => lines.push(line),
      });
    },
  });
  if (!seen.recording) throw new Error("Nothing was recorded");
  return { changed, lines, recording: seen.recording, githubToken: seen.githubToken };
}

test("the live test answers every open question, and its recording holds no secret and replays", async () => {
  // A second between polls: the one assumption that does not hold, and the test says so.
  await using simulator = await startSimulator({ interval: 1, unknownEditors: true });
  const ownToken = simulator.createGrant("github", { clientId: "178c6fc778ccc68e1d6a" });
  const { changed, lines, recording, githubToken } = await runAgainst(simulator, ownToken);
  expect(changed).toEqual(["GitHub asks for a poll every 5 s"]);
  expect(lines).toHaveLength(recording.findings.length);
  const answers = new Map(recording.findings.map(({ question, answer }) => [question, answer]));
  expect(Object.fromEntries(answers)).toMatchObject({
    "exchange with our names": "200",
    "direct mode with the default app's token, Bearer": "200",
    "direct mode with an own app's token, token": expect.stringMatching(/^400 .*badly formatted/),
    "exchange with our names: a model call": "200",
    "direct mode with the default app's token, Bearer: a model call": "200",
    "mode of the questions below": "exchange",
    "cached tokens without an interaction id": "0",
    "cached tokens with one stable interaction id": expect.stringMatching(/^[1-9]\d+$/),
    "response ids of one stream": expect.stringContaining("different"),
    "item ids of one stream": expect.stringMatching(/^\d+ different ones for an item$/),
    "deltas of the arguments": "plain",
    "Messages with thinking.enabled": "200",
    "Messages with thinking.adaptive": "200",
    "Messages with tool_choice": "200",
    "Messages with tools.cache_control": "200",
    "Messages with messages.cache_control": "200",
    "Messages with cache_control.ttl": "200",
    "Messages with cache_control.scope": expect.stringContaining("Extra inputs are not permitted"),
    "Messages with beta context-1m-2025-08-07": expect.stringContaining("unsupported beta"),
    "embeddings in base64": "answered with numbers",
  });
  const text = JSON.stringify(recording);
  expect(findSecret(text, [githubToken, ownToken])).toBeUndefined();
  expect(text).not.toMatch(/tid=|gh[a-z]_\w{8}|octocat/);

  const read: Recording = JSON.parse(text);
  await using another = await startSimulator({ unknownEditors: true });
  expect(await replayRecording(read, another)).toEqual([]);
  // A sentence of another wording is noticed, since the code reads it.
  const reworded = read.exchanges.map((exchange) => ({
    ...exchange,
    sentence: exchange.sentence?.replace("Extra inputs are not permitted", "Unknown members"),
  }));
  const changes = await replayRecording({ ...read, exchanges: reworded }, another);
  expect(changes.length).toBeGreaterThan(0);
  expect(new Set(changes.map(({ question }) => question))).toEqual(new Set(["Claude Code's body"]));
  // A service that became kinder, or another, is noticed.
  await using kinder = await startSimulator({
    unknownEditors: true,
    refuseExtraMembers: false,
    embeddingsAsFloats: false,
  });
  const differences = await replayRecording(read, kinder);
  expect(new Set(differences.map(({ question }) => question))).toEqual(
    new Set(["Claude Code's body", "embeddings in base64"]),
  );
});

/** Asks the questions alone, without the sign-in. */
async function ask(world: SimulatorOptions) {
  await using simulator = await startSimulator(world);
  const { githubUrl, githubApiUrl } = simulator;
  const githubToken = simulator.createGrant("github");
  const lines: string[] = [];
  const recording = await runLive({
    provider: { githubUrl, githubApiUrl },
    githubApiUrl,
    githubToken,
    isSimulated: true,
    print: (line) => lines.push(line),
  });
  const answers = Object.fromEntries(recording.findings.map(({ question, answer }) => [question, answer]));
  return { recording, answers, text: `${JSON.stringify(recording)} ${lines.join(" ")}`, githubToken };
}

test("a refusal of the person ends the questions, and is recorded without a name or a secret", async () => {
  const world = { copilotRefusal: "no_copilot_access", login: "mona-l" };
  const { recording, answers, text, githubToken } = await ask(world);
  const sentence = "No access to GitHub Copilot found. Currently logged in as …";
  expect(answers).toEqual({ "exchange with our names": `403 ${sentence}` });
  expect(recording.exchanges).toMatchObject([
    { status: 403, sentence, answer: { error_details: { notification_id: "=no_copilot_access" } } },
  ]);
  expect(text).not.toContain(githubToken);
  expect(text).not.toMatch(/tid=|gh[a-z]_\w{8}|mona-l|octocat|583231|\w@\w/i);
});

test("a sign-in whose exchange is refused is recorded, and then revoked", async () => {
  await using simulator = await startSimulator({ interval: 1, copilotRefusal: "no_copilot_access" });
  const { githubUrl, githubApiUrl } = simulator;
  const used: string[] = [];
  const checked = checkAssumptions({
    provider: { githubUrl, githubApiUrl },
    onUserCode: ({ userCode }) => simulator.approve(userCode),
    use: async (grant) => void used.push(String(grant["githubToken"])),
  });
  await expect(checked).rejects.toMatchObject({ code: "provider.no_entitlement" });
  expect(used).toEqual([expect.stringMatching(/^ghu_/)]);
  expect(simulator.journal.filter(({ kind }) => kind === "revocation")).toHaveLength(1);
});

test("nothing of an account's names is in a whole recording", async () => {
  const { recording, text } = await ask({ plan: "business", login: "mona-l" });
  expect(recording.exchanges.length).toBeGreaterThan(30);
  expect(text).not.toMatch(/tid=|gh[a-z]_\w{8}|mona-l|octo|583231|\w@\w/i);
});

test("the questions are asked in direct mode if the exchange is refused", async () => {
  const { answers } = await ask({ copilotRefusal: "not_found" });
  expect(answers).toMatchObject({
    "exchange with our names": expect.stringContaining("404"),
    "direct mode instead of the exchange": "200",
    "mode of the questions below": "direct",
    "embeddings in base64": "answered with numbers",
  });
});

test("the questions are asked in direct mode if the API refuses this editor", async () => {
  const { answers } = await ask({});
  expect(answers).toMatchObject({
    "exchange with our names": "200",
    "exchange with our names: models": "200",
    "exchange with our names: a model call": expect.stringContaining("unknown Editor-Version"),
    "direct mode instead of the exchange": "200",
    "mode of the questions below": "direct",
    "deltas of the arguments": "plain",
    "Messages with nothing": "200",
    "embeddings in base64": "answered with numbers",
  });
});
