import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { text as readText } from "node:stream/consumers";
import type { Fault, Faults } from "@tokenflow/conformance/server";
import { createReply, isJsonObject, parseJson, type Reply } from "@tokenflow/conformance/server";
import { hostOf } from "./credentials.ts";
import type { Journal, JournalDraft, Kind, ServiceName } from "./journal.ts";
import type { Settings } from "./settings.ts";

/** A request, as its handler gets it. */
export interface ServiceRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The decoded part of the path for a trailing `*` of the route. */
  readonly rest: string;
  readonly text: string;
  /** The body as JSON, or `undefined`. */
  readonly json: unknown;
  /** The parameters of query, form and JSON body alike. */
  readonly fields: Readonly<Record<string, string>>;
  /** The credential of `Authorization`, of any scheme. */
  readonly credential?: { readonly scheme: string; readonly token: string } | undefined;
  /** The moment of the answer's `Date`: the server's clock, in milliseconds since 1970. */
  readonly now: number;
  readonly entry: JournalDraft;
}

export interface Route {
  readonly method: string;
  /** Exact, or ending in `/*`. */
  readonly path: string;
  readonly kind: Kind | ((fields: Readonly<Record<string, string>>) => Kind);
  handle(request: ServiceRequest, reply: Reply): void | Promise<void>;
}

/** @param signature method and path: `GET /device/auth/*` */
export function route(signature: string, kind: Route["kind"], handle: Route["handle"]): Route {
  const [method = "", path = ""] = signature.split(" ");
  return { method, path, kind, handle };
}

/** The state that every simulated service shares. */
export interface World {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: Faults;
  /** Filled in as the services start. */
  readonly addresses: Record<ServiceName, string>;
}

export interface Service {
  readonly name: ServiceName;
  readonly routes: readonly Route[];
  /** Answers requests without a route. */
  notFound(request: ServiceRequest, reply: Reply): Promise<void>;
  /** Returns true if the request is admitted. Otherwise answers it. */
  admit?(request: ServiceRequest, reply: Reply): Promise<boolean>;
}

/** Creates the HTTP server of one service. */
export function createServiceServer(service: Service, world: World): Server {
  const server = createServer((message, response) => {
    response.sendDate = false;
    const url = new URL(message.url ?? "/", "http://127.0.0.1");
    const method = message.method ?? "GET";
    const routes = service.routes.filter(({ path }) => pathFits(path, url.pathname));
    const route = routes.find((candidate) => candidate.method === method);
    // The route's own path, since Hyper's device code is part of the address.
    const path = routes[0]?.path ?? url.pathname;
    const entry = world.journal.begin({ service: service.name, method, path }, message.headers);
    const fault = world.faults.take(service.name, method, url.pathname);
    if (fault) {
      entry.fault = true;
      world.journal.counts.faults += 1;
    }
    const reply = createReply(response, { entry, journal: world.journal, fault: fault ?? NO_FAULT });
    const setDate = (): number => {
      const now = Date.now() + world.settings.clockOffset;
      if (world.settings.dateHeader) response.setHeader("date", new Date(now).toUTCString());
      return now;
    };

    const answer = async (): Promise<void> => {
      const text = await readText(message);
      const json = parseJson(text);
      const fields = readFields(url, message.headers, text, json);
      if (route) {
        world.journal.classify(entry, typeof route.kind === "function" ? route.kind(fields) : route.kind);
      }
      const credential = readCredential(message.headers);
      noteMisdirection(entry, service.name, [credential?.token, message.headers["x-api-key"]], world);
      setDate();
      if (fault && !fault.processed && (await reply.disturb())) return;
      const request: ServiceRequest = {
        method,
        headers: message.headers,
        rest: route?.path.endsWith("/*") ? decodeURIComponent(url.pathname.slice(route.path.length - 1)) : "",
        text,
        json,
        fields,
        credential,
        now: setDate(),
        entry,
      };
      if (service.admit && !(await service.admit(request, reply))) return;
      await (route ? route.handle(request, reply) : service.notFound(request, reply));
    };
    answer().catch((error: unknown) => {
      if (message.destroyed && !message.complete) return;
      entry.outcome = `simulator error: ${String(error)}`;
      if (response.headersSent) response.destroy();
      else void reply.text(500, `The simulator failed: ${String(error)}`);
    });
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

const NO_FAULT: Fault = {};

function pathFits(path: string, pathname: string): boolean {
  return path.endsWith("/*") ? pathname.startsWith(path.slice(0, -1)) : pathname === path;
}

function readFields(
  url: URL,
  headers: IncomingHttpHeaders,
  text: string,
  json: unknown,
): Record<string, string> {
  const fields = Object.fromEntries(url.searchParams);
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    Object.assign(fields, Object.fromEntries(new URLSearchParams(text)));
  } else if (isJsonObject(json)) {
    for (const [name, value] of Object.entries(json)) if (typeof value === "string") fields[name] = value;
  }
  return fields;
}

function readCredential({ authorization }: IncomingHttpHeaders): ServiceRequest["credential"] {
  const [, scheme, token] = authorization?.match(/^(\S+)\s+(\S+)\s*$/) ?? [];
  return scheme === undefined || token === undefined ? undefined : { scheme: scheme.toLowerCase(), token };
}

/** Counts a credential that was sent to the wrong host. The handlers refuse it as unknown. */
function noteMisdirection(
  entry: JournalDraft,
  name: ServiceName,
  sent: readonly (string | readonly string[] | undefined)[],
  { journal, settings }: Pick<World, "journal" | "settings">,
): void {
  if (sent.some((token) => typeof token === "string" && hostOf(token, settings)?.includes(name) === false)) {
    entry.misdirected = true;
    journal.counts.misdirected += 1;
  }
}
