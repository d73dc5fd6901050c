import { isJsonObject, parseJson } from "../server/json.ts";

/** An answer of the server under test. */
export interface IssuerAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Empty if the body is no JSON object. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** How a client with a secret authenticates (RFC 6749 §2.3.1). */
export type ClientAuthentication = "basic" | "post";

/** What is known of the server under test. */
export interface Endpoints {
  readonly device: string;
  readonly token: string;
  readonly revocation: string | undefined;
  /** True if the metadata lists `client_secret_basic`. */
  readonly listsBasic?: boolean | undefined;
}

export interface IssuerOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** How the secret is sent. @default Basic if the metadata lists it, else in the form */
  readonly clientAuthentication?: ClientAuthentication | undefined;
  readonly scope?: string | undefined;
  /** Endpoints, for a server without metadata. */
  readonly endpoints?: Endpoints | undefined;
  /** Approves a code as the person would. `undefined`: what needs it is not offered. */
  readonly approve?: ((code: DeviceAnswer) => Promise<void>) | undefined;
  readonly deny?: ((code: DeviceAnswer) => Promise<void>) | undefined;
  /** Sends every request. @default globalThis.fetch */
  readonly fetch?: typeof fetch | undefined;
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
  /** Sends a form, authenticated as the client. A `client_id` in the fields names another client. */
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
  const { issuer, clientId, clientSecret, clientAuthentication, scope, fetch = globalThis.fetch } = options;
  let known: Promise<Endpoints> | undefined;

  const send = async (url: string, init: RequestInit): Promise<IssuerAnswer> => {
    const signal = AbortSignal.timeout(TIME_LIMIT);
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    const json = parseJson(await response.text());
    return { status: response.status, headers: response.headers, json: isJsonObject(json) ? json : {} };
  };
  /** Returns how the secret is sent: as it was asked for, or as the server lists. */
  const isBasic = async (): Promise<boolean> => {
    if (clientAuthentication !== undefined) return clientAuthentication === "basic";
    return (await client.endpoints()).listsBasic === true;
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
    async post(url, fields) {
      const form = { client_id: clientId, ...fields };
      const init = { method: "POST", body: new URLSearchParams(form) };
      if (clientSecret === undefined) return send(url, init);
      if (await isBasic()) {
        return send(url, { ...init, headers: { authorization: basic(form.client_id, clientSecret) } });
      }
      return send(url, { ...init, body: new URLSearchParams({ ...form, client_secret: clientSecret }) });
    },
    endpoints() {
      known ??= options.endpoints ? Promise.resolve(options.endpoints) : readEndpoints(client);
      return known;
    },
    async askForCode() {
      const { device } = await client.endpoints();
      const answer = await client.post(device, scope === undefined ? {} : { scope });
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
      return client.post(token, { grant_type: DEVICE_GRANT, device_code: deviceCode, ...fields });
    },
    async refresh(refreshToken) {
      const { token } = await client.endpoints();
      return client.post(token, { grant_type: "refresh_token", refresh_token: refreshToken });
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
    // RFC 8414 §2: without the list, it is Basic.
    token_endpoint_auth_methods_supported: methods = ["client_secret_basic"],
  } = json;
  if (typeof device !== "string" || typeof token !== "string") {
    throw new Error(`the metadata (${status}) names no device_authorization_endpoint and token_endpoint`);
  }
  return {
    device,
    token,
    revocation: typeof revocation === "string" ? revocation : undefined,
    listsBasic: Array.isArray(methods) && methods.includes("client_secret_basic"),
  };
}

/** Returns the header of RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
function basic(id: string, secret: string): string {
  const encode = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString("base64")}`;
}
