import { createDeviceCodes } from "../server/device-codes.ts";
import { createFaults, type Fault } from "../server/faults.ts";
import { createJournal, type Journal } from "../server/journal.ts";
import { pause } from "../server/pause.ts";
import { createReply, type ReplyTarget } from "../server/reply.ts";
import { createEndpoints } from "./endpoints.ts";
import type { Endpoint, Exchange } from "./exchange.ts";
import { endpointOf, type PlainRequest, readParameters } from "./read-request.ts";
import { createSecrets, type Secrets } from "./secrets.ts";
import { createServiceSettings, type ServiceSettings } from "./settings.ts";
import { createTokenBook } from "./token-book.ts";

/** A fault of one endpoint. */
export interface ServiceFault extends Omit<Fault, "service" | "method" | "path"> {
  readonly on: Endpoint;
}

/** A plain authorization server with the device flow, without a transport. */
export interface OAuthService {
  /** Mutable: a change counts from the next request. */
  readonly settings: ServiceSettings;
  readonly journal: Journal<Exchange>;
  readonly secrets: Secrets;
  /** The user codes that were issued, the oldest first. */
  readonly userCodes: readonly string[];
  /** Set by the transport: `http://127.0.0.1:1234`. */
  origin: string;
  fault(fault: ServiceFault): void;
  clearFaults(): void;
  /** Called at every arrival of a request. */
  onArrival: ((exchange: Exchange) => void) | undefined;
  /** Answers one request. */
  handle(request: PlainRequest, target: ReplyTarget): Promise<void>;
}

/** Creates the server. Moments in its journal count from now. */
export function createOAuthService(changes: Partial<ServiceSettings> = {}): OAuthService {
  const startedAt = performance.now();
  const settings = createServiceSettings(changes);
  const journal = createJournal<Exchange>();
  const secrets = createSecrets();
  const faults = createFaults();
  const tokens = createTokenBook(settings, secrets, journal.counts);
  const codes = createDeviceCodes(
    {
      login: "somebody",
      autoApprove: undefined,
      get interval() {
        return settings.interval;
      },
      get slowDownStep() {
        return settings.slowDownStep;
      },
      get deviceCodeLifetime() {
        return settings.deviceCodeLifetime;
      },
    },
    journal,
    () => secrets.issue("device code").text,
  );
  const userCodes: string[] = [];

  const service: OAuthService = {
    settings,
    journal,
    secrets,
    userCodes,
    origin: "http://127.0.0.1",
    fault: ({ on, ...fault }) => faults.add({ ...fault, service: on }),
    clearFaults: () => faults.clear(),
    onArrival: undefined,
    handle,
  };
  const endpoints = createEndpoints({
    settings,
    journal,
    secrets,
    codes,
    tokens,
    userCodes,
    originOf: () => service.origin,
  });
  return service;

  async function handle(request: PlainRequest, target: ReplyTarget): Promise<void> {
    const parameters = readParameters(request, secrets);
    const kind = endpointOf(request, parameters);
    const { method, url } = request;
    const entry = journal.begin({ service: "server", method, path: url.pathname }, request.headers);
    const { form: _, ...shown } = parameters;
    Object.assign(entry, shown, { arrivedAt: performance.now() - startedAt });
    journal.classify(entry, kind);
    const taken = faults.take(kind, method, url.pathname);
    const fault: Fault = { ...taken };
    if (taken) {
      entry.fault = true;
      journal.counts.faults += 1;
    }
    const reply = createReply(target, { entry, journal, fault });
    reply.whenAnswered(() => {
      entry.answeredAt = performance.now() - startedAt;
    });
    service.onArrival?.(entry);
    if (kind === "poll") await pause(settings.pollDelay, reply.gone);
    if (!fault.processed && (await reply.disturb())) {
      if (kind === "poll") endpoints.decide(parameters.form["device_code"]);
      return;
    }
    await endpoints.answer({ ...parameters, request, entry, reply, fault });
  }
}
