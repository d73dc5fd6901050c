import { isJsonObject, parseJson } from "../server/json.ts";

/** An answer of the server under test. */
export interface IssuerAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Empty if the body is no JSON object. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** What is known of the server under test. */
export interface Endpoints {
  readonly device: string;
  readonly token: string;
  readonly revocation: string | undefined;
}

export interface IssuerOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly scope?: string | undefined;
  /** Endpoints, for a server without metadata. */
  readonly endpoints?: Endpoints | undefined;
  /** Approves a code as the person would. `undefined`: what needs it is not offered. */
  readonly approve?: ((code: DeviceAnswer) => Promise<void>) | undefined;
  readonly deny?: ((code: DeviceAnswer) => Promise<void>) | undefined;
}

export interface DeviceAnswer {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly completeUri: string | undefined;
  /** In seconds. */
  readonly interval: number;
  readonly expiresIn: number;
}

/** A client that does everything right, for the checks of a server. */
export interface IssuerClient {
  readonly options: IssuerOptions;
  metadata(): Promise<IssuerAnswer>;
  post(url: string, fields: Readonly<Record<string, string>>): Promise<IssuerAnswer>;
  endpoints(): Promise<Endpoints>;
  /** Asks for a code. Throws with the answer's error if there is none. */
  askForCode(): Promise<DeviceAnswer>;
  poll(code: DeviceAnswer, fields?: Readonly<Record<string, string>>): Promise<IssuerAnswer>;
  refresh(refreshToken: string): Promise<IssuerAnswer>;
}

const TIME_LIMIT = 30_000;
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export function createIssuerClient(options: IssuerOptions): IssuerClient {
  const { issuer, clientId, clientSecret, scope } = options;
  let known: Promise<Endpoints> | undefined;

  const send = async (url: string, init: RequestInit): Promise<IssuerAnswer> => {
    const signal = AbortSignal.timeout(TIME_LIMIT);
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    const json = parseJson(await response.text());
    return { status: response.status, headers: response.headers, json: isJsonObject(json) ? json : {} };
  };
  const credentials = {
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
  };
  const client: IssuerClient = {
    options,
    async metadata() {
      const base = issuer.replace(/\/$/, "");
      const { origin, pathname } = new URL(base);
      const path = pathname === "/" ? "" : pathname;
      const first = await send(`${origin}/.well-known/oauth-authorization-server${path}`, {});
      if (first.status === 200 && "token_endpoint" in first.json) return first;
      return send(`${base}/.well-known/openid-configuration`, {});
    },
    post: (url, fields) => send(url, { method: "POST", body: new URLSearchParams(fields) }),
    endpoints() {
      known ??= options.endpoints ? Promise.resolve(options.endpoints) : readEndpoints(client);
      return known;
    },
    async askForCode() {
      const { device } = await client.endpoints();
      const answer = await client.post(device, { ...credentials, ...(scope === undefined ? {} : { scope }) });
      const { device_code: deviceCode, user_code: userCode, verification_uri: uri } = answer.json;
      if (typeof deviceCode !== "string" || typeof userCode !== "string") {
        throw new Error(
          `the device request was answered ${answer.status}: ${JSON.stringify(answer.json["error"])}`,
        );
      }
      const complete = answer.json["verification_uri_complete"];
      return {
        deviceCode,
        userCode,
        verificationUri: String(uri),
        completeUri: typeof complete === "string" ? complete : undefined,
        interval: Number(answer.json["interval"] ?? 5),
        expiresIn: Number(answer.json["expires_in"]),
      };
    },
    async poll({ deviceCode }, fields = {}) {
      const { token } = await client.endpoints();
      return client.post(token, {
        ...credentials,
        grant_type: DEVICE_GRANT,
        device_code: deviceCode,
        ...fields,
      });
    },
    async refresh(refreshToken) {
      const { token } = await client.endpoints();
      return client.post(token, { ...credentials, grant_type: "refresh_token", refresh_token: refreshToken });
    },
  };
  return client;
}

async function readEndpoints(client: IssuerClient): Promise<Endpoints> {
  const { status, json } = await client.metadata();
  const {
    device_authorization_endpoint: device,
    token_endpoint: token,
    revocation_endpoint: revocation,
  } = json;
  if (typeof device !== "string" || typeof token !== "string") {
    throw new Error(`the metadata (${status}) names no device_authorization_endpoint and token_endpoint`);
  }
  return { device, token, revocation: typeof revocation === "string" ? revocation : undefined };
}
