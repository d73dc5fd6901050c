import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { createJournal, type Entry, type Journal, type Sender } from "../parts/journal.ts";
import type { Answer, TestAuthorizationServer } from "./test-authorization-server.ts";

/**
 * The fate of one presented grant. `unheard`: the connection drops before the grant was looked at.
 * `unanswered`: it drops after the server has rotated. `cut`: half of the answer arrives.
 */
export type Fault = "unheard" | "unanswered" | "cut";

export interface ChaosServer extends AsyncDisposable {
  readonly url: string;
  readonly journal: Journal;
  /** Each of the next presented grants takes one. */
  readonly faults: Fault[];
  /** Milliseconds before the server decides, and after it before it answers. */
  readonly delay: { before: number; after: number };
  /** Called when a grant was presented, and when the server has decided. */
  readonly on: {
    presented?: ((entry: Entry) => void) | undefined;
    decided?: ((entry: Entry) => void) | undefined;
  };
  approve(userCode: string): Promise<void>;
}

/** Puts an authorization server on a loopback socket, with a journal and with faults. */
export async function startServer(authorizationServer: TestAuthorizationServer): Promise<ChaosServer> {
  const journal = createJournal();
  const faults: Fault[] = [];
  const delay = { before: 0, after: 0 };
  const on: ChaosServer["on"] = {};

  const redeem = async (form: URLSearchParams, sender: Sender, response: ServerResponse): Promise<void> => {
    const entry = journal.present(form.get("refresh_token") ?? "", sender);
    const fault = faults.shift();
    on.presented?.(entry);
    await wait(delay.before);
    if (fault === "unheard") return drop(response, entry);
    const answer = await authorizationServer.token(form);
    note(journal, entry, answer);
    on.decided?.(entry);
    await wait(delay.after);
    if (fault === "unanswered") return drop(response, entry);
    if (fault === "cut") return cut(response, entry, answer);
    response.once("finish", () => {
      entry.answeredAt = performance.now();
    });
    reply(response, answer);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pid = Number(request.headers["x-pid"]);
    if (request.url === "/resource") {
      const accessToken = request.headers.authorization?.replace("Bearer ", "") ?? "";
      const accepted = await authorizationServer.accepts(accessToken);
      journal.check(accessToken, pid, accepted);
      return reply(response, { status: accepted ? 200 : 401, body: {} });
    }
    if (request.url === "/device") return reply(response, await authorizationServer.requestDeviceCode());
    const form = new URLSearchParams(await text(request));
    const sender = { pid, sentAt: Number(request.headers["x-sent-at"]) };
    if (form.has("refresh_token")) return redeem(form, sender, response);
    const answer = await authorizationServer.token(form);
    if (answer.status === 200) note(journal, journal.present(undefined, sender), answer);
    return reply(response, answer);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  // A kept connection could close under a request: a lost answer that no test asked for.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    journal,
    faults,
    delay,
    on,
    approve: (userCode) => authorizationServer.approve(userCode),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await authorizationServer[Symbol.asyncDispose]();
    },
  };
}

function note(journal: Journal, entry: Entry, { status, body }: Answer): void {
  journal.decide(entry, status === 200, {
    accessToken: secret(body["access_token"]),
    grant: secret(body["refresh_token"]),
  });
}

function secret(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function reply(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function drop(response: ServerResponse, entry: Entry): void {
  entry.droppedAt = performance.now();
  response.destroy();
}

function cut(response: ServerResponse, entry: Entry, { status, body }: Answer): void {
  const whole = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": whole.length });
  response.write(whole.slice(0, whole.length / 2), () => drop(response, entry));
}
