import { isJsonObject } from "../../base/json.ts";
import type { DeviceCode } from "../../contracts/device-code.ts";
import type { PollResult, Redemption } from "../../contracts/provider.ts";
import type { Model, Usage } from "../../contracts/upstream.ts";
import { ensure, ensureEqual } from "../ensure.ts";

// Checks that a result has the shape of its contract.

export function ensureDeviceCode(code: DeviceCode): void {
  for (const text of [code.deviceCode, code.userCode, code.verificationUri])
    ensureText(text, "a device code's text");
  ensure(/^https?:$/.test(new URL(code.verificationUri).protocol), "the address is one for a browser");
  ensure(Number.isFinite(code.lifetime) && code.lifetime > 0, "the lifetime is a duration");
  ensure(code.interval === undefined || code.interval > 0, "the interval is a duration or absent");
}

export function ensurePollResult(result: PollResult): void {
  ensure(
    ["pending", "slow_down", "granted"].includes(result.status),
    "a poll is pending, slow_down or granted",
  );
  if (result.status === "granted") ensureJson(result.grant, "the grant");
  if (result.status === "slow_down")
    ensure(result.interval === undefined || result.interval > 0, "an interval");
}

export function ensureRedemption({ token, grant }: Redemption): void {
  ensure(token !== undefined || grant !== undefined, "a redemption brings a token, a grant, or both");
  if (grant !== undefined) ensureJson(grant, "the grant");
  if (token === undefined) return;
  ensureText(token.accessToken, "the access token");
  ensure(
    /^[A-Za-z][\w-]* [\x21-\x7e]+$/.test(`${token.tokenType} ${token.accessToken}`),
    "a token can stand in a header; it would be a TypeError at its first use",
  );
  const { lifetime, dueIn, details = {} } = token;
  ensure(lifetime === "jwt" || lifetime === "none" || Number.isFinite(lifetime), "the lifetime is known");
  ensure(dueIn === undefined || Number.isFinite(dueIn), "dueIn is a duration or absent");
  ensureJson(details, "the details");
}

export function ensureModels(models: readonly Model[]): void {
  for (const model of models) {
    const { id, name = id, vendor = id, kind = id, endpoints = [] } = model;
    for (const text of [id, name, vendor, kind, ...endpoints]) ensureText(text, "what a model is called");
    for (const size of [model.contextWindow, model.maxOutput]) {
      ensure(size === undefined || Number.isFinite(size), "a model's size is a number");
    }
    for (const flag of [model.reasoning, model.enabled]) {
      ensure(flag === undefined || typeof flag === "boolean", "what a model can do is yes or no");
    }
  }
}

export function ensureUsage({ quotas, plan, resetsAt }: Usage): void {
  ensure(plan === undefined || typeof plan === "string", "a plan is text");
  ensure(resetsAt === undefined || Number.isFinite(resetsAt), "resetsAt is a moment");
  for (const { name, limit = 0, remaining = 0 } of quotas) {
    ensureText(name, "a quota's name");
    ensure(Number.isFinite(remaining) && Number.isFinite(limit), "a quota is counted in numbers");
  }
}

export function ensureText(value: unknown, what: string): void {
  ensure(typeof value === "string" && value !== "", `${what} is text, and is a ${typeof value}`);
}

function ensureJson(value: unknown, what: string): void {
  ensure(isJsonObject(value), `${what} is a record`);
  ensureEqual(JSON.parse(JSON.stringify(value)), value, what);
}
