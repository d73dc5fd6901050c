/** A client that is a process. `MISTAKE` says what it does wrong. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const { DEVICE_AUTHORIZATION_ENDPOINT = "", TOKEN_ENDPOINT = "", CLIENT_ID = "", SCOPE = "" } = process.env;
const { HOME = "", MISTAKE } = process.env;

type Answer = Readonly<Record<string, unknown>>;

async function post(url: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
  return (await response.json()) as Answer;
}

const device = await post(DEVICE_AUTHORIZATION_ENDPOINT, { client_id: CLIENT_ID, scope: SCOPE });
const code = String(device["user_code"]);
const shown = MISTAKE === "prints control characters" ? code : code.replace(/\p{Cc}/gu, "");
const prompt = `Open ${String(device["verification_uri"])} and enter ${shown}`;
if (MISTAKE === "prints the prompt on stdout") process.stdout.write(`${prompt}\n`);
else process.stderr.write(`${prompt}\n`);

const deviceCode = String(device["device_code"]);
if (MISTAKE === "logs the device code") process.stderr.write(`debug: ${deviceCode}\n`);
if (MISTAKE === "gives the code to a child") {
  spawn("sh", ["-c", "sleep 2; :", deviceCode], { stdio: "ignore" }).unref();
}

for (;;) {
  await new Promise((resolve) => setTimeout(resolve, Number(device["interval"]) * 1000));
  const answer = await post(TOKEN_ENDPOINT, {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: deviceCode,
    client_id: CLIENT_ID,
  });
  if (answer["error"] === "authorization_pending") continue;
  if (answer["error"] !== undefined) process.exit(1);
  const mode = MISTAKE === "lets everybody read its file" ? 0o644 : 0o600;
  writeFileSync(join(HOME, "session.json"), JSON.stringify(answer), { mode });
  process.stdout.write(`${String(answer["access_token"])}\n`);
  process.exit(0);
}
