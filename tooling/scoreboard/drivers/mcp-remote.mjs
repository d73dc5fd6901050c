// mcp-remote: its client signs in by the device code, keeps the session in files, and lists the tools of an MCP server
// that the driver plays: it accepts the tokens that the API of the environment accepts. The stored token is printed.
import "./report.mjs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";

const { DEVICE_AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, API_URL, CLIENT_ID, SCOPE } = process.env;
const kept = join(homedir(), "port");
// Its files are named after the server's address, which must be the same in every run of a home.
const lastPort = existsSync(kept) ? Number(readFileSync(kept, "utf8")) : 0;

const server = createServer((request, response) => void serve(request, response));
server.listen({ port: lastPort, host: "127.0.0.1", reusePort: true });
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;
writeFileSync(kept, String(server.address().port));

const METADATA = {
  "/.well-known/oauth-protected-resource": {
    resource: `${origin}/mcp`,
    authorization_servers: [origin],
    scopes_supported: SCOPE.split(" "),
  },
  "/.well-known/oauth-authorization-server": {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: TOKEN_ENDPOINT,
    device_authorization_endpoint: DEVICE_AUTHORIZATION_ENDPOINT,
    response_types_supported: ["code"],
    grant_types_supported: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
    token_endpoint_auth_methods_supported: ["none"],
    code_challenge_methods_supported: ["S256"],
  },
};

async function serve(request, response) {
  const json = (status, value, headers = {}) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  const known = Object.entries(METADATA).find(([path]) => request.url.startsWith(path));
  if (known) return json(200, known[1]);
  if (request.url !== "/mcp") return json(404, {});
  const { authorization } = request.headers;
  const isOpen = authorization !== undefined && (await fetch(API_URL, { headers: { authorization } })).ok;
  const challenge = `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`;
  if (!isOpen) return json(401, {}, { "www-authenticate": challenge });
  if (request.method !== "POST") return json(405, {});
  let text = "";
  for await (const chunk of request) text += chunk;
  const { id, method, params } = JSON.parse(text);
  if (id === undefined) return response.writeHead(202).end();
  const greeting = {
    protocolVersion: params?.protocolVersion,
    capabilities: { tools: {}, resources: {} },
    serverInfo: { name: "driver", version: "1" },
  };
  json(200, {
    jsonrpc: "2.0",
    id,
    result: method === "initialize" ? greeting : { tools: [], resources: [] },
  });
}

const info = JSON.stringify({ client_id: CLIENT_ID });
const program = join(import.meta.dirname, "node_modules/mcp-remote/dist/client.js");
const args = [
  `${origin}/mcp`,
  "--transport",
  "http-only",
  "--device-code",
  "--static-oauth-client-info",
  info,
];
const client = spawn(process.execPath, [program, ...args], { stdio: ["ignore", 2, 2] });
const [exit] = await once(client, "exit");
server.close();
if (exit !== 0) process.exit(exit ?? 1);
const [file] = globSync(join(homedir(), ".mcp-auth/**/*_tokens.json"));
process.stdout.write(`${JSON.parse(readFileSync(file, "utf8")).access_token}\n`);
process.exit(0);
