import { type Grant, pollForToken, requestDeviceCode, Token } from "@tokenflow/core";
import { createHttp, isJsonObject, type JsonValue, systemClock, version } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { type CopilotProviderOptions, createCopilotProvider } from "@tokenflow/provider-copilot";
import { createAssumptions } from "@tokenflow/services";

export interface AssumptionOptions {
  readonly provider: CopilotProviderOptions;
  /** Called with the code that a person must approve. */
  readonly onUserCode: (code: { readonly userCode: string; readonly verificationUri: string }) => void;
  /** Asks more, before the sign-in is revoked. */
  readonly use: (grant: Grant) => Promise<void>;
}

const call = { http: createHttp(), clock: systemClock };

/** Signs a person in, checks what the code assumes of the service, and revokes the sign-in. Returns what has changed. */
export async function checkAssumptions({
  provider: options,
  onUserCode,
  use,
}: AssumptionOptions): Promise<readonly string[]> {
  const { changed, check } = createAssumptions();
  const provider = createCopilotProvider(options);
  const { upstream } = provider;

  const code = await requestDeviceCode(provider);
  onUserCode(code);
  await check("a user code is eight characters and a dash", () =>
    /^[A-Z0-9]{4}-[A-Z0-9]{4}$/.test(code.userCode),
  );
  await check("a code is good for 899 s", () => code.lifetime === 899_000);
  await check("GitHub asks for a poll every 5 s", () => code.interval === 5_000);
  await check("codes are entered at /login/device of the same host", () => {
    const { host, pathname } = new URL(code.verificationUri);
    return host === provider.host && pathname === "/login/device";
  });

  const askWith = async (secret: string, { details }: Token) => {
    const unknown = new Token({ accessToken: secret, issuedAt: Date.now(), details });
    const answer = await fetch(`${upstream.address(unknown)}/models`, {
      headers: { ...upstream.headers({ path: "/models", headers: {} }), authorization: `Bearer ${secret}` },
    });
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
  };
  const session = await pollForToken(provider, code);
  const { grant, token } = session;
  if (!grant) throw session.failure ?? new Error("There is no grant");
  try {
    if (!token) {
      // The service's words are recorded before the sign-in ends.
      await use(grant);
      throw session.failure ?? new Error("There is no token");
    }
    await check("the default app's GitHub tokens do not expire", () => grant["refreshToken"] === undefined);
    await check("its GitHub token is a ghu_", () => String(grant["githubToken"]).startsWith("ghu_"));
    await check("GitHub says which app a token was made for", async () => {
      const { clientId } = await provider.getTokenOwner(grant, call);
      return clientId === provider.clientId;
    });
    await check("a Copilot token is good for about half an hour", () => {
      const life = (token.expiresAt ?? token.issuedAt) - token.issuedAt;
      return Math.abs(life - 1_800_000) < 300_000;
    });
    await check("an exchange leaves the GitHub token as it is, and says when to come again", async () => {
      const again = await provider.redeem(grant, call);
      return again.grant === undefined && again.token?.dueIn !== undefined;
    });
    await check("an exchange names the API's address", () => apiAddressOf(token) !== undefined);
    await check("and that is Copilot's own", () => upstream.address(token) !== "");
    await check("the account tells the API's place too, for direct mode", async () => {
      const { token: own } = await createCopilotProvider({ ...options, mode: "direct" }).redeem(grant, call);
      return own !== undefined && apiAddressOf(own) !== undefined;
    });
    await check("GitHub says who signed in", async () => {
      const who = await provider.identify?.(session, call);
      return who !== undefined && who.login !== "";
    });
    await check("the catalogue has models, and says by which path to reach them", async () => {
      const models = (await upstream.models?.(token, call)) ?? [];
      return models.some(({ endpoints = [] }) => endpoints.length > 0);
    });
    await check("a plan and its quotas are told", async () => {
      const usage = await upstream.usage?.(session, call);
      return usage?.plan !== undefined && usage.quotas.length > 0;
    });
    await check("an unknown token is refused as such", async () => {
      const { status, headers, body } = await askWith(`not-a-token-of-TokenFlow-${version}`, token);
      return upstream.isTokenRejected({ status, headers, body });
    });
    await use(grant);
  } finally {
    await provider.revoke?.(session, call);
  }
  await check("a revoked GitHub token is refused", async () => {
    const { code: afterwards } = await failureOf(provider.redeem(grant, call));
    return afterwards === "session.revoked";
  });
  return changed;
}

/** Returns the address of the API in an answer. */
function apiAddressOf({
  details,
}: {
  readonly details?: Readonly<Record<string, JsonValue>> | undefined;
}): unknown {
  const endpoints = details?.["endpoints"];
  return isJsonObject(endpoints) ? endpoints["api"] : undefined;
}
