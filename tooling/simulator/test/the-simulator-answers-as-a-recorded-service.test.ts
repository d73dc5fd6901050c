import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Recording, replayRecording, startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";

/** The live test of a person writes here: docs/live.md. */
const FOLDER = resolve(import.meta.dirname, "../recordings");

const files = await readdir(FOLDER).catch(() => []);
if (files.length === 0) {
  process.stderr.write("Skipped: no recording of a real service (docs/live.md tells how to make one)\n");
}

test.each(files)("the simulator answers as the service did in %s", async (file) => {
  const recording: Recording = JSON.parse(await readFile(resolve(FOLDER, file), "utf8"));
  await using simulator = await startSimulator();
  expect(await replayRecording(recording, simulator)).toEqual([]);
});

test("an answer that differs is told with its request, in status and in shape", async () => {
  await using simulator = await startSimulator();
  const asked = {
    question: "the account",
    service: "github-api",
    method: "GET",
    path: "/user",
    credential: "ghu",
    scheme: "Bearer",
    headers: { "user-agent": "test" },
  } as const;
  const recording: Recording = {
    version: 1,
    day: "2026-11-29",
    isSimulated: false,
    findings: [],
    exchanges: [
      { ...asked, status: 418 },
      { ...asked, status: 200, answer: { login: "string", shoe_size: "number" } },
    ],
  };
  const [status, shape] = await replayRecording(recording, simulator);
  expect(status).toMatchObject({
    request: "GET /user with Bearer ghu",
    recorded: "status 418",
    simulated: "status 200",
  });
  expect(shape?.recorded).toBe(".shoe_size number");
  expect(shape?.simulated).toContain(".html_url string");
});

test("a refusal in other words is told, unless only what was private differs", async () => {
  await using simulator = await startSimulator({ copilotRefusal: "no_copilot_access" });
  const asked = {
    question: "the exchange",
    service: "github-api",
    method: "GET",
    path: "/copilot_internal/v2/token",
    credential: "ghu",
    scheme: "Bearer",
    headers: { "user-agent": "test" },
    status: 403,
    answer: {
      can_signup_for_limited: "boolean",
      error_details: {
        message: "string",
        notification_id: "=no_copilot_access",
        title: "string",
        url: "string",
      },
      message: "string",
    },
  } as const;
  const replay = async (sentence: string): Promise<readonly unknown[]> => {
    const recording: Recording = {
      version: 1,
      day: "2026-11-30",
      isSimulated: false,
      findings: [],
      exchanges: [{ ...asked, sentence }],
    };
    return await replayRecording(recording, simulator);
  };
  const same = "No access to GitHub Copilot found. Currently logged in as …";
  expect(await replay(same)).toEqual([]);
  expect(await replay("No access to … Copilot found. Currently …")).toEqual([]);
  for (const other of ["No access to GitHub Copilot. Currently logged in as …", "No access", `${same} (1)`]) {
    expect(await replay(other)).toEqual([
      {
        question: "the exchange",
        request: "GET /copilot_internal/v2/token with Bearer ghu",
        recorded: `sentence "${other}"`,
        simulated: `sentence "${same}"`,
      },
    ]);
  }
});
