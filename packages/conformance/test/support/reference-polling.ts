import type { InProcessContext } from "@tokenflow/conformance/vitest";
import { type Answer, field, type Has, send } from "./reference-http.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks for a code, shows it, and polls until the person has decided. Rejects with the reason of an end. */
export async function pollUntilDecided(context: InProcessContext, has: Has): Promise<Answer> {
  const { clientId, scope, deviceAuthorizationEndpoint } = context;
  const device = await send(context, has, deviceAuthorizationEndpoint, {
    client_id: clientId,
    ...(has("drops the scope") ? {} : { scope }),
  });
  const deviceCode = field(device, "device_code");
  if (device.status !== 200 && !has("polls after a refused device request")) {
    throw new Error(`Refused: ${field(device, "error") ?? device.status}`);
  }
  const isRefused = device.status !== 200;
  if (deviceCode === undefined && !isRefused && !has("accepts a missing device code"))
    throw new Error("No device code");
  const complete = field(device, "verification_uri_complete");
  const isHidden = has("hides the code") || (complete && has("hides the code behind a complete address"));
  context.show(
    isHidden ? "(scan)" : (field(device, "user_code") ?? ""),
    has("hides the address") ? "(you know where)" : (field(device, "verification_uri") ?? ""),
  );

  const endsAt = performance.now() + Number(device.json["expires_in"] ?? 60) * 1000;
  let interval = readInterval(device.json["interval"], has);
  let wait = interval;
  let failures = 0;
  let slowed = false;
  if (!has("polls at once")) await sleep(wait * 1000);
  while (performance.now() < endsAt || has("ignores the deadline")) {
    const delay = performance.now();
    const sent = send(context, has, context.tokenEndpoint, {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: deviceCode ?? "undefined",
      client_id: clientId,
    });
    if (has("polls by a timer")) await Promise.race([sent.catch(() => undefined), sleep(wait * 1000)]);
    const answer = await (has("polls by a timer")
      ? Promise.race([sent, sleep(1).then(() => "late" as const)])
      : sent
    ).catch(() => "failed" as const);
    const took = performance.now() - delay;
    if (answer === "late") {
      sent.catch(() => undefined);
      continue;
    }
    const error = answer === "failed" ? undefined : field(answer, "error");
    const isSuccess = answer !== "failed" && answer.status === 200 && answer.isJson && error === undefined;
    if (
      isSuccess ||
      (answer !== "failed" && answer.status === 200 && has("believes status 200") && answer.isJson)
    ) {
      if (has("polls after success")) {
        const again = {
          grant_type: "urn:ietf:params:oauth:grant-type:device_code",
          device_code: deviceCode ?? "",
        };
        await send(context, has, context.tokenEndpoint, { ...again, client_id: clientId });
      }
      return answer;
    }
    const next = judge(answer, error, has);
    if (next === "again") {
      if (has("starts again by itself"))
        return pollUntilDecided(context, (name) => name !== "starts again by itself" && has(name));
    } else if (next !== "pending" && next !== "slow_down" && next !== "retry")
      throw new Error(has("says nothing at the end") ? "" : next);
    if (next === "slow_down" && !has("ignores slow_down") && !(slowed && has("slows down once"))) {
      const stated =
        has("ignores a new interval") || answer === "failed" ? 0 : Number(answer.json["interval"] ?? 0);
      wait = Math.max(interval + 5, stated);
      if (!has("slows down for one wait")) interval = wait;
      slowed = true;
    } else if (next === "retry") {
      failures += 1;
      const after =
        answer === "failed" || has("ignores Retry-After")
          ? 0
          : Number(answer.headers.get("retry-after") ?? 0);
      wait = Math.max(has("does not back off") ? interval : interval * 2 ** failures, after);
    } else {
      failures = 0;
      wait = interval;
    }
    await sleep(wait * 1000 - (has("counts from the request") ? took : 0));
  }
  throw new Error("The code has expired");
}

function readInterval(stated: unknown, has: Has): number {
  if (has("ignores the interval")) return 1;
  if (stated === undefined) return has("takes 1 second for the default") ? 1 : 5;
  if (typeof stated === "string" && has("does not wait an interval of text")) return 0.001;
  const seconds = Number(stated);
  if (!(seconds > 0)) return has("spins at interval zero") ? 0.001 : 5;
  return has("cuts fractions off") ? Math.floor(seconds) : seconds;
}

/** Returns what an answer without a token means: poll again, or a reason of the end. */
function judge(answer: Answer | "failed", error: string | undefined, has: Has): string {
  if (answer === "failed") return has("stops at a reset") ? "The network failed" : "retry";
  const { status, isJson } = answer;
  if (has("wants status 400") && error !== undefined && status !== 400) return `Status ${status}`;
  if (error === "authorization_pending") return "pending";
  if (error === "slow_down") return "slow_down";
  if (error === "access_denied") return has("polls after a denial") ? "pending" : "The sign-in was denied";
  if (error === "expired_token") {
    if (has("starts again by itself")) return "again";
    return has("polls an expired code") ? "pending" : "The code has expired";
  }
  if (error !== undefined) return has("goes on at unknown errors") ? "pending" : `The server says ${error}`;
  if (status === 502 && has("stops at 502")) return "Status 502";
  if (status === 200 && !isJson) return has("stops at HTML") ? "No JSON" : "retry";
  return status === 429 || status >= 500 ? "retry" : `Status ${status}`;
}
