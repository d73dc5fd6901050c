// Leads a client of GitHub to the server of the environment, by what the client itself offers: a proxy in the
// environment, and for https a certificate authority. Its requests and the answers pass as they are, but for the client
// id, which is built into the client.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, request as send } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";

const { DEVICE_AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, CLIENT_ID } = process.env;
const TARGETS = {
  "/login/device/code": DEVICE_AUTHORIZATION_ENDPOINT,
  "/login/oauth/access_token": TOKEN_ENDPOINT,
};

/** Starts the proxy. Returns its address, and the file of its certificate authority. */
export async function startFront() {
  const folder = mkdtempSync(join(tmpdir(), "front-"));
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
  const names = "subjectAltName=DNS:github.com,DNS:api.github.com";
  const elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync(
    "openssl",
    ["req", "-x509", ...elliptic, "-keyout", key, "-out", cert, "-subj", "/CN=front", "-addext", names],
    { stdio: "ignore" },
  );
  const secure = { isServer: true, key: readFileSync(key), cert: readFileSync(cert) };
  const server = createServer((request, response) => void pass(request, response));
  server.on("connect", (_, socket) => {
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    server.emit("connection", new TLSSocket(socket, secure));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return { url: `http://127.0.0.1:${server.address().port}`, authority: cert };
}

async function pass(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { pathname } = new URL(request.url, "http://github.localhost");
  const target = TARGETS[pathname];
  if (target === undefined) return answerAsGitHub(pathname, response);
  const body = withClientId(Buffer.concat(chunks).toString(), request.headers["content-type"]);
  const { host: _host, "content-length": _length, "proxy-connection": _proxy, ...headers } = request.headers;
  const outgoing = send(
    target,
    { method: request.method, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.on("error", () => response.socket?.resetAndDestroy());
      answer.pipe(response);
    },
  );
  outgoing.on("error", () => request.socket.destroy());
  response.on("close", () => outgoing.destroy());
  outgoing.end(body);
}

/** Who is signed in, as both of GitHub's APIs say it. */
function answerAsGitHub(pathname, response) {
  const login = { login: "somebody" };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(pathname === "/graphql" ? { data: { viewer: login } } : login));
}

function withClientId(text, type = "") {
  if (type.includes("json")) return JSON.stringify({ ...JSON.parse(text), client_id: CLIENT_ID });
  const form = new URLSearchParams(text);
  form.set("client_id", CLIENT_ID);
  return form.toString();
}
