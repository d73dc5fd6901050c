import { type Simulator, startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { type Answer, githubCode, githubPoll, PATIENT, postForm, postJson, send } from "./requests.ts";

/** Types the code, looks at the consent, and presses a button, as a browser would. */
async function walk(page: string, code: Answer, decision: string): Promise<Answer> {
  const consent = await postForm(page, { user_code: String(code.json["user_code"]).toLowerCase() });
  expect(consent.text).toContain(String(code.json["user_code"]));
  const action = /action="([^"]+)"/.exec(consent.text)?.[1] ?? "";
  const hidden = /name="user_code" value="([^"]+)"/.exec(consent.text)?.[1] ?? "";
  return postForm(new URL(action, page).href, { user_code: hidden, decision, login: "hubot" });
}

async function githubFlow(decision: string): Promise<[Simulator, Answer, Answer]> {
  const simulator = await startSimulator({ interval: 0 });
  const code = await githubCode(simulator);
  return [simulator, code, await walk(String(code.json["verification_uri"]), code, decision)];
}

test("it asks for the code and names the app", async () => {
  await using simulator = await startSimulator();
  const code = await githubCode(simulator);
  const page = String(code.json["verification_uri"]);
  const { text, headers } = await send(page);
  expect(headers.get("content-type")).toContain("text/html");
  expect(text).toContain('name="user_code"');
  expect((await postForm(page, { user_code: String(code.json["user_code"]) })).text).toContain(
    "GitHub Copilot Plugin",
  );
});

test("Authorize lets the next poll succeed", async () => {
  const [simulator, code, end] = await githubFlow("approve");
  await using _ = simulator;
  expect(end.text).toContain("Congratulations");
  expect((await githubPoll(simulator, code)).json).toHaveProperty("access_token");
  expect(simulator.counts.approvals).toBe(1);
});

test("Cancel ends the flow", async () => {
  const [simulator, code, end] = await githubFlow("deny");
  await using _ = simulator;
  expect(end.text).toContain("Cancelled");
  expect((await githubPoll(simulator, code)).json).toMatchObject({ error: "access_denied" });
  expect(simulator.counts.denials).toBe(1);
});

test("a wrong code, or one that was decided before, is asked for again", async () => {
  const [simulator, code] = await githubFlow("deny");
  await using _ = simulator;
  for (const typed of ["WRNG-CODE", String(code.json["user_code"])]) {
    const { status, text } = await postForm(`${simulator.githubUrl}/login/device`, { user_code: typed });
    expect(status).toBe(422);
    expect(text).toContain("not valid");
  }
});

test("Hyper has a page too, and what it shows of the device's name is harmless", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const code = await postJson(`${simulator.hyperUrl}/device/auth`, {
    device_name: "<script>alert(1)</script>",
  });
  const page = String(code.json["verification_url"]);
  const consent = await postForm(page, { user_code: String(code.json["user_code"]) });
  expect(consent.text).not.toContain("<script>");
  await walk(page, code, "approve");
  const poll = await send(`${simulator.hyperUrl}/device/auth/${String(code.json["device_code"])}`);
  expect(poll.json).toHaveProperty("refresh_token");
});

test("autoApprove needs no person", async () => {
  await using simulator = await startSimulator({ interval: 0, autoApprove: 0 });
  const code = await githubCode(simulator);
  await expect.poll(() => simulator.counts.approvals, PATIENT).toBe(1);
  expect((await githubPoll(simulator, code)).json).toHaveProperty("access_token");
});
