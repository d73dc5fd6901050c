import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type handleUnaryCall, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { importSession, Token } from "@tokenflow/core";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import { createCertificate, hasServices } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = join(root, ".output/run");

interface Example {
  readonly title: string;
  readonly code: string;
}

const readme = await readFile(join(root, "README.md"), "utf8");
const examples: readonly Example[] = readme.split(/^## /m).flatMap((section) => {
  const [, code] = /```ts\n(.*?)```/s.exec(section) ?? [];
  return code === undefined ? [] : [{ title: section.slice(0, section.indexOf("\n")), code }];
});

/** The tokens that the stand-in has issued, the ones that it refuses, and what it was shown. */
const issued: string[] = [];
const refused = new Set<string>();
const shown: (string | undefined)[] = [];

function isAccepted(authorization: string | undefined): boolean {
  shown.push(authorization);
  const token = authorization?.replace("Bearer ", "") ?? "";
  return issued.includes(token) && !refused.has(token);
}

/** Answers as an issuer, and as the API that each SDK calls. */
function answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
  const url = request.url;
  response.setHeader("content-type", "application/json");
  const send = (body: unknown): unknown => response.end(JSON.stringify(body));
  request.resume().on("end", () => {
    if (url.startsWith("/.well-known/")) send({ issuer: base, token_endpoint: `${base}/token` });
    else if (url === "/token") {
      issued.push(`adapter-token-${issued.length + 1}`);
      send({ access_token: issued.at(-1), token_type: "Bearer", expires_in: 3600 });
    } else if (!isAccepted(request.headers.authorization)) {
      response.writeHead(401, { "www-authenticate": "Bearer" });
      send({ message: "bad credentials" });
    } else if (url.includes("converse")) {
      send({
        output: { message: { role: "assistant", content: [] } },
        stopReason: "end_turn",
        usage: {},
        metrics: {},
      });
    } else send({ object: "list", data: [{ id: "one" }] });
  });
}

// Azure's SDK sends a token over TLS only, and one of AWS speaks HTTP/2.
const certificate = hasServices("openssl")
  ? await createCertificate({ names: ["DNS:localhost"] })
  : undefined;
const api = createSecureServer({ ...certificate, allowHTTP1: true }, answer);
let base = "";
let grpcAddress = "";
let home = "";
let authority = "";
const grpc = new Server();

beforeAll(async () => {
  api.listen(0, "localhost");
  await once(api, "listening");
  base = `https://localhost:${(api.address() as AddressInfo).port}`;
  await mkdir(folder, { recursive: true });
  home = await mkdtemp(join(folder, "home-"));
  if (!certificate) return;
  const { key, cert } = certificate;
  authority = join(home, "authority.pem");
  await writeFile(authority, cert);
  const bytes = (value: Buffer): Buffer => value;
  grpc.addService(
    {
      List: {
        path: "/example.Files/List",
        requestStream: false,
        responseStream: false,
        requestSerialize: bytes,
        requestDeserialize: bytes,
        responseSerialize: bytes,
        responseDeserialize: bytes,
      },
    },
    {
      List: ((call, callback) => {
        const [authorization] = call.metadata.get("authorization");
        if (isAccepted(String(authorization))) callback(null, Buffer.alloc(1));
        else callback({ code: status.UNAUTHENTICATED, details: "bad credentials" });
      }) satisfies handleUnaryCall<Buffer, Buffer>,
    },
  );
  const credentials = ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) },
  ]);
  const port = await new Promise<number>((resolve, reject) => {
    grpc.bindAsync("localhost:0", credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
  grpcAddress = `localhost:${port}`;
});

afterAll(async () => {
  grpc.forceShutdown();
  api.close();
  await rm(folder, { recursive: true, force: true });
});

/** Stores a session whose token the stand-in has issued. */
beforeEach(async () => {
  shown.length = 0;
  issued.push(`adapter-token-${issued.length + 1}`);
  const issuedAt = Date.now() - 60_000;
  await importSession({
    provider: createOAuthProvider({ issuer: base, clientId: "my-app" }),
    store: createFileStore({ folder: home }),
    grant: { refreshToken: "a-refresh-token", server: base, clientId: "my-app" },
    token: new Token({ accessToken: issued.at(-1) ?? "", issuedAt, expiresAt: issuedAt + 3_600_000 }),
    overwrite: true,
  });
});

async function run({ title, code }: Example): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const file = join(folder, `${title.replaceAll(/\W+/g, "-")}.ts`);
  const here = code
    .replaceAll("https://login.example.org", base)
    .replaceAll("https://api.example.org", base)
    .replaceAll("api.example.org:443", grpcAddress);
  await writeFile(file, here);
  const child = spawn(process.execPath, ["--conditions=@tokenflow/source", file], {
    cwd: folder,
    env: {
      ...process.env,
      TOKENFLOW_HOME: home,
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: authority,
      NODE_EXTRA_CA_CERTS: authority,
      NODE_OPTIONS: "",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text: Buffer) => (output.stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output.stderr += text.toString()));
  await once(child, "close");
  return output;
}

const results: Readonly<Record<string, string>> = {
  "Any option that takes a function": "1\n",
  Azure: "200\n",
  AWS: "end_turn\n",
  Google: "200\n",
  octokit: "200\n",
  gRPC: "1\n",
};

test("the README has an example of each adapter", () => {
  expect(examples.map(({ title }) => title)).toEqual(Object.keys(results));
});

test.skipIf(!certificate).each(examples)("$title: the SDK sends the session's token", async (example) => {
  expect(await run(example)).toEqual({ stdout: results[example.title], stderr: "" });
  expect(shown).toEqual([`Bearer ${issued.at(-1)}`]);
});

test.skipIf(!certificate).each(["Google", "octokit"])(
  "%s: a rejected token is replaced once",
  async (title) => {
    const example = examples.find((one) => one.title === title);
    const old = issued.at(-1) ?? "";
    refused.add(old);
    expect(example && (await run(example))).toEqual({ stdout: "200\n", stderr: "" });
    expect(shown).toEqual([`Bearer ${old}`, `Bearer ${issued.at(-1)}`]);
  },
);
