import { findSecret } from "@tokenflow/core/testing";
import { type Recording, replayRecording, type Simulator, startSimulator } from "@tokenflow/simulator";
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
  await using simulator = await startSimulator({ interval: 1 });
  const ownToken = simulator.createGrant("github", { clientId: "178c6fc778ccc68e1d6a" });
  const { changed, lines, recording, githubToken } = await runAgainst(simulator, ownToken);
  expect(changed).toEqual(["GitHub asks for a poll every 5 s"]);
  expect(lines).toHaveLength(recording.findings.length);
  const answers = new Map(recording.findings.map(({ question, answer }) => [question, answer]));
  expect(Object.fromEntries(answers)).toMatchObject({
    "exchange with our names": "200",
    "direct mode with the default app's token, Bearer": "200",
    "direct mode with an own app's token, token": expect.stringMatching(/^400 .*badly formatted/),
    "cached tokens without an interaction id": "0",
    "cached tokens with one stable interaction id": expect.stringMatching(/^[1-9]\d+$/),
    "response ids of one stream": expect.stringContaining("different"),
    "deltas of the arguments": "plain",
    "Messages with cache_control.scope": expect.stringContaining("Extra inputs are not permitted"),
    "Messages with beta context-1m-2025-08-07": expect.stringContaining("unsupported beta"),
    "embeddings in base64": "answered with numbers",
  });
  const text = JSON.stringify(recording);
  expect(findSecret(text, [githubToken, ownToken])).toBeUndefined();
  expect(text).not.toMatch(/tid=|gh[a-z]_\w{8}|octocat/);

  const read: Recording = JSON.parse(text);
  await using another = await startSimulator();
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
  await using kinder = await startSimulator({ refuseExtraMembers: false, embeddingsAsFloats: false });
  const differences = await replayRecording(read, kinder);
  expect(new Set(differences.map(({ question }) => question))).toEqual(
    new Set(["Claude Code's body", "embeddings in base64"]),
  );
});

test("a refusal that names the person is recorded without the name, and without any secret", async () => {
  await using simulator = await startSimulator({ copilotRefusal: "no_copilot_access", login: "mona-l" });
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
  expect(answers["exchange with our names"]).toMatch(/No access to GitHub Copilot found.*logged in as …/);
  expect(recording.exchanges[0]).toMatchObject({
    status: 403,
    sentence: "No access to GitHub Copilot found. Currently logged in as …",
    answer: { error_details: { notification_id: "=no_copilot_access" } },
  });
  const text = `${JSON.stringify(recording)} ${lines.join(" ")}`;
  expect(text).not.toContain(githubToken);
  expect(text).not.toMatch(/tid=|gh[a-z]_\w{8}|mona-l|octocat|583231|\w@\w/i);
});

test("the questions are asked in direct mode if the exchange is refused", async () => {
  await using simulator = await startSimulator({ copilotRefusal: "not_found" });
  const { githubUrl, githubApiUrl } = simulator;
  const { findings } = await runLive({
    provider: { githubUrl, githubApiUrl },
    githubApiUrl,
    githubToken: simulator.createGrant("github"),
    isSimulated: true,
    print: () => undefined,
  });
  const answers = Object.fromEntries(findings.map(({ question, answer }) => [question, answer]));
  expect(answers["exchange with our names"]).toContain("404");
  expect(answers["embeddings in base64"]).toBe("answered with numbers");
});
