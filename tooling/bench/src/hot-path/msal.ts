import { importPeer } from "../measure/peers.ts";
import type { Ask } from "./subjects.ts";

const HOST = "login.microsoftonline.com";
const TENANT = "11111111-1111-1111-1111-111111111111";
const USER = "22222222-2222-2222-2222-222222222222";
const CLIENT = "33333333-3333-3333-3333-333333333333";
const SCOPE = "read";

interface Application {
  getTokenCache(): { deserialize(cache: string): void; getAllAccounts(): Promise<readonly object[]> };
  acquireTokenSilent(request: object): Promise<unknown>;
}

/** Returns `acquireTokenSilent` over a cache that was filled in msal's own format. It sends no request. */
export async function msal(): Promise<Ask> {
  const { PublicClientApplication } = (await importPeer("@azure/msal-node")) as unknown as {
    PublicClientApplication: new (settings: object) => Application;
  };
  const application = new PublicClientApplication({
    auth: {
      clientId: CLIENT,
      authority: `https://${HOST}/${TENANT}`,
      authorityMetadata: JSON.stringify({
        authorization_endpoint: `https://${HOST}/${TENANT}/oauth2/v2.0/authorize`,
        token_endpoint: `https://${HOST}/${TENANT}/oauth2/v2.0/token`,
        issuer: `https://${HOST}/${TENANT}/v2.0`,
        jwks_uri: `https://${HOST}/${TENANT}/discovery/v2.0/keys`,
      }),
    },
  });
  const cache = application.getTokenCache();
  cache.deserialize(JSON.stringify(filledCache()));
  const [account] = await cache.getAllAccounts();
  if (!account) throw new Error("msal-node did not take the cache");
  const request = { account, scopes: [SCOPE] };
  await application.acquireTokenSilent(request);
  return () => application.acquireTokenSilent(request);
}

function filledCache(): object {
  const now = Math.floor(Date.now() / 1000);
  const owner = { home_account_id: `${USER}.${TENANT}`, environment: HOST, realm: TENANT };
  const token = { ...owner, client_id: CLIENT, secret: "secret" };
  const claims = {
    oid: USER,
    tid: TENANT,
    aud: CLIENT,
    iss: `https://${HOST}/${TENANT}/v2.0`,
    exp: now + 3600,
  };
  const [head, body] = [{ alg: "none" }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const [account, key] = [`${USER}.${TENANT}-${HOST}`, `${CLIENT}-${TENANT}`];
  return {
    Account: {
      [`${account}-${TENANT}`]: {
        ...owner,
        local_account_id: USER,
        username: "someone@example.org",
        authority_type: "MSSTS",
      },
    },
    AccessToken: {
      [`${account}-accesstoken-${key}-${SCOPE}--`]: {
        ...token,
        credential_type: "AccessToken",
        target: SCOPE,
        cached_at: String(now),
        expires_on: String(now + 3600),
        extended_expires_on: String(now + 3600),
        token_type: "Bearer",
      },
    },
    IdToken: {
      [`${account}-idtoken-${key}---`]: { ...token, credential_type: "IdToken", secret: `${head}.${body}.` },
    },
    RefreshToken: {},
    AppMetadata: {},
  };
}
