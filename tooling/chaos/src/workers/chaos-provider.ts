import { type Grant, type Provider, TokenFlowError } from "@tokenflow/core";
import {
  type GrantReplay,
  type HttpAnswer,
  isJsonObject,
  type JsonObject,
  type RedeemedToken,
  readPollError,
  redeemError,
} from "@tokenflow/core/provider";

export interface ChaosProviderOptions {
  readonly url: string;
  readonly replay: GrantReplay;
}

const NAME = "the chaos server";

/** Creates the smallest provider with OAuth's device and refresh grants. It tells the server who asks, and when. */
export function createChaosProvider({ url, replay }: ChaosProviderOptions): Provider {
  return {
    id: "chaos",
    name: NAME,
    async requestDeviceCode({ http, signal }) {
      const answer = await http({
        method: "POST",
        url: `${url}/device`,
        form: { client_id: "chaos" },
        signal,
      });
      const { device_code: deviceCode, user_code: userCode, expires_in, interval } = fieldsOf(answer);
      if (typeof deviceCode !== "string" || typeof userCode !== "string") throw redeemError(answer, NAME);
      return {
        deviceCode,
        userCode,
        verificationUri: `${url}/activate`,
        lifetime: Number(expires_in) * 1000,
        interval: Number(interval) * 1000,
      };
    },
    async pollDeviceCode({ deviceCode }, { http, clock, signal }) {
      const form = {
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        client_id: "chaos",
        device_code: deviceCode,
      };
      const answer = await http({
        method: "POST",
        url: `${url}/token`,
        headers: sender(clock.now()),
        form,
        signal,
      });
      const known = readPollError(answer);
      if (known) return known;
      const grant = grantOf(answer);
      if (!grant) throw redeemError(answer, NAME);
      return { status: "granted", grant, token: tokenOf(answer) };
    },
    async redeem({ refresh_token: token }: Grant, { http, clock }) {
      const form = {
        grant_type: "refresh_token",
        client_id: "chaos",
        refresh_token: typeof token === "string" ? token : "",
      };
      const answer = await http({ method: "POST", url: `${url}/token`, headers: sender(clock.now()), form });
      if (answer.status === 200) return { token: tokenOf(answer), grant: grantOf(answer) };
      const { error } = fieldsOf(answer);
      if (error !== "invalid_grant") throw redeemError(answer, NAME);
      throw new TokenFlowError("session.revoked", `${NAME} refuses the grant`, {
        reason: error,
        grantUnused: true,
      });
    },
    grantReplay: () => replay,
  };
}

/** Names the sender, for the server's journal. */
function sender(now: number): Record<string, string> {
  return { "x-pid": String(process.pid), "x-sent-at": String(now) };
}

function fieldsOf({ json }: HttpAnswer): JsonObject {
  return isJsonObject(json) ? json : {};
}

function grantOf(answer: HttpAnswer): Grant | undefined {
  const { refresh_token: grant } = fieldsOf(answer);
  return typeof grant === "string" ? { refresh_token: grant } : undefined;
}

function tokenOf(answer: HttpAnswer): RedeemedToken {
  const { access_token: accessToken, expires_in: seconds } = fieldsOf(answer);
  if (typeof accessToken !== "string") throw redeemError(answer, NAME);
  return { accessToken, tokenType: "Bearer", lifetime: Number(seconds) * 1000 };
}
