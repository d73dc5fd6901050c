import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createFolder } from "../processes/create-folder.ts";
import { freePort } from "../processes/free-port.ts";
import { until } from "../processes/until.ts";
import { type AuthorizationServer, cookiesOf, sendJson } from "./authorization-server.ts";

/** Debian's package brings the tables, with an administrator in them. */
const TABLES = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
const ADMINISTRATOR = { username: "admin", password: "password" };
const SCOPES = ["g_admin", "g_profile", "openid"];

const all = (value: unknown, ...names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, value]));

/** Starts Debian's Glewlwyd on loopback, with the clients `public` and `basic`. */
export async function startGlewlwyd(secret: string): Promise<AuthorizationServer> {
  const folder = await createFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const issuer = `${url}/api/oidc`;
  const path = join(folder.path, "glewlwyd.db");
  const database = new DatabaseSync(path);
  // In one transaction: each statement alone would wait for the disk.
  database.exec(`BEGIN;${await readFile(TABLES, "utf8")};COMMIT;`);
  database.close();
  const configuration = join(folder.path, "glewlwyd.conf");
  await writeFile(configuration, configurationText(port, path));
  const child = spawn("glewlwyd", ["-c", configuration], { stdio: "ignore" });
  const ended = once(child, "close");
  const dispose = async (): Promise<void> => {
    child.kill();
    await ended;
    await folder[Symbol.asyncDispose]();
  };
  try {
    await until(
      () =>
        fetch(`${url}/config`).then(
          () => true,
          () => false,
        ),
      "Glewlwyd listens",
    );
    const cookie = cookiesOf(await sendJson(`${url}/api/auth/`, ADMINISTRATOR));
    const set = (method: string, address: string, body: object): Promise<Response> =>
      sendJson(`${url}/api/${address}`, body, { method, cookie });
    await set("POST", "mod/plugin/", oidcPlugin(issuer));
    for (const client of [clientOf("public", undefined), clientOf("basic", secret)]) {
      await set("POST", "client/?source=database", client);
    }
    const user = {
      username: ADMINISTRATOR.username,
      name: "somebody",
      email: "",
      enabled: true,
      scope: SCOPES,
    };
    await set("PUT", `user/${ADMINISTRATOR.username}?source=database`, user);
    for (const client of ["public", "basic"]) await set("PUT", `auth/grant/${client}`, { scope: "openid" });
    return {
      issuer,
      async approve(userCode) {
        const page = `${issuer}/device?code=${encodeURIComponent(userCode)}&g_continue`;
        await fetch(page, { headers: { cookie }, redirect: "manual" });
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function clientOf(id: string, secret: string | undefined): object {
  return {
    client_id: id,
    name: id,
    enabled: true,
    scope: ["openid"],
    redirect_uri: [],
    authorization_type: ["device_authorization", "refresh_token", "delete_token"],
    ...(secret === undefined
      ? { confidential: false, token_endpoint_auth_method: ["none"] }
      : { confidential: true, client_secret: secret, token_endpoint_auth_method: ["client_secret_basic"] }),
  };
}

/** The plugin ends the whole server if one of the lists or texts is missing. */
function oidcPlugin(issuer: string): object {
  return {
    module: "oidc",
    name: "oidc",
    display_name: "oidc",
    order_rank: 0,
    parameters: {
      iss: issuer,
      "jwt-type": "sha",
      "jwt-key-size": "256",
      key: "a-key-for-one-test",
      "access-token-duration": 3600,
      "refresh-token-duration": 1_209_600,
      "code-duration": 600,
      "refresh-token-one-use": "always",
      "device-authorization-expiration": 600,
      "device-authorization-interval": 1,
      "secret-type": "pairwise",
      "address-claim": { type: "no" },
      "allowed-scope": ["openid"],
      ...all(true, "allow-non-oidc", "auth-type-device-enabled", "auth-type-refresh-enabled"),
      ...all(true, "refresh-token-rolling", "introspection-revocation-allowed"),
      ...all(true, "introspection-revocation-allow-target-client"),
      ...all(false, "auth-type-code-enabled", "auth-type-token-enabled", "auth-type-id-token-enabled"),
      ...all(false, "auth-type-none-enabled", "auth-type-password-enabled", "auth-type-client-enabled"),
      ...all(false, "jwks-show", "pkce-allowed", "request-parameter-allow", "register-client-allowed"),
      ...all("no", "name-claim", "email-claim", "scope-claim"),
      ...all("", "service-documentation", "op-policy-uri", "op-tos-uri", "jwks-uri", "default-kid"),
      ...all([], "scope", "additional-parameters", "claims", "jwks-x5c", "pkce-scopes"),
      ...all([], "name-claim-scope", "email-claim-scope", "scope-claim-scope"),
      ...all([], "introspection-revocation-auth-scope"),
    },
  };
}

function configurationText(port: number, database: string): string {
  const values = {
    bind_address: "127.0.0.1",
    external_url: `http://127.0.0.1:${port}`,
    login_url: "login.html",
    api_prefix: "api",
    log_mode: "console",
    log_level: "ERROR",
    cookie_domain: "127.0.0.1",
    session_key: "GLEWLWYD2_SESSION_ID",
    admin_session_authentication: "cookie",
    profile_session_authentication: "cookie",
    admin_scope: "g_admin",
    profile_scope: "g_profile",
    user_module_path: "/usr/lib/glewlwyd/user",
    client_module_path: "/usr/lib/glewlwyd/client",
    user_auth_scheme_module_path: "/usr/lib/glewlwyd/scheme",
    plugin_module_path: "/usr/lib/glewlwyd/plugin",
    secure_connection_key_file: "/none",
    secure_connection_pem_file: "/none",
    secure_connection_ca_file: "/none",
    hash_algorithm: "SHA512",
  };
  const texts = Object.entries(values).map(([name, value]) => `${name}="${value}"`);
  const rest = [
    `port=${port}`,
    "cookie_secure=0",
    "session_expiration=2419200",
    "use_secure_connection=false",
  ];
  return [...texts, ...rest, `database={type="sqlite3";path="${database}";};`, ""].join("\n");
}
