import type { DeviceCodes, PollOutcome } from "../server/device-codes.ts";
import type { Fault } from "../server/faults.ts";
import type { Journal, JournalDraft } from "../server/journal.ts";
import type { JsonObject } from "../server/json.ts";
import type { Reply } from "../server/reply.ts";
import { createVerificationPage, PAGE_HEADERS, type PageAnswer } from "../server/verification-page.ts";
import type { Exchange } from "./exchange.ts";
import { malformation, type Parameters, type PlainRequest } from "./read-request.ts";
import type { Secrets } from "./secrets.ts";
import type { ServiceSettings } from "./settings.ts";
import type { TokenBook } from "./token-book.ts";

/** The one client that the server knows: a public one. */
export const CLIENT_ID = "conformance-client";
/** The scope that the client is told to ask for. */
export const SCOPE = "read offline_access";

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

/** A request at an endpoint, read and in the journal. */
export interface Received extends Parameters {
  readonly request: PlainRequest;
  readonly entry: JournalDraft<Exchange>;
  readonly reply: Reply;
  /** The fault of this answer. Mutable until the answer begins. */
  readonly fault: Fault;
}

interface State {
  readonly settings: ServiceSettings;
  readonly journal: Journal<Exchange>;
  readonly secrets: Secrets;
  readonly codes: DeviceCodes;
  readonly tokens: TokenBook;
  readonly userCodes: string[];
  originOf(): string;
}

export interface Endpoints {
  /** Answers a request by its purpose. */
  answer(received: Received): Promise<void>;
  /** Takes the person's decision about a code, if its moment has come. */
  decide(deviceCode: string | undefined): void;
}

/** Creates the endpoints of a plain authorization server (RFC 6749, 7009, 8414, 8628), and an API that its tokens open. */
export function createEndpoints(state: State): Endpoints {
  const { settings, journal, codes, tokens, userCodes, originOf } = state;
  const page = createVerificationPage({ path: "/device", service: "the test server", codes });
  let polls = 0;
  return { answer, decide };

  function answer(received: Received): Promise<void> {
    const { entry, reply, request } = received;
    switch (entry.kind) {
      case "metadata":
        return reply.json(200, metadata());
      case "device_code":
        return issueCode(received);
      case "poll":
        return poll(received);
      case "refresh":
        return refresh(received);
      case "revocation":
        return revoke(received);
      case "api":
        return callApi(received);
      case "page":
        return showPage(received);
      default:
        entry.outcome ??= "not found";
        return reply.json(404, { error: "not_found", path: request.url.pathname });
    }
  }

  function metadata(): JsonObject {
    return {
      issuer: originOf(),
      device_authorization_endpoint: `${originOf()}/device_authorization`,
      token_endpoint: `${originOf()}/token`,
      revocation_endpoint: `${originOf()}/revoke`,
      grant_types_supported: [DEVICE_GRANT, "refresh_token"],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      scopes_supported: SCOPE.split(" "),
    };
  }

  /** Notes what is malformed about a request. Returns it if the request cannot or must not be answered. */
  function faultOf(received: Received, required: readonly string[]): string | undefined {
    const complaint = malformation(received.request, received, required);
    received.entry.complaint = complaint;
    const isComplete = required.every((name) => received.form[name]);
    return isComplete && !settings.refusesBadForms ? undefined : complaint;
  }

  function issueCode(received: Received): Promise<void> {
    const wrong = faultOf(received, ["client_id"]);
    if (wrong !== undefined) return error(received, "invalid_request", wrong);
    if (received.form["client_id"] !== CLIENT_ID) return error(received, "invalid_client");
    const record = codes.issue({
      appName: "the client",
      clientId: CLIENT_ID,
      scope: received.form["scope"] ?? "",
    });
    userCodes.push(record.userCode);
    if (settings.decidesAfterPolls === 0) decide(record.deviceCode);
    const interval = settings.statedInterval === undefined ? settings.interval : settings.statedInterval;
    const lifetime =
      settings.statedDeviceLifetime === undefined
        ? settings.deviceCodeLifetime
        : settings.statedDeviceLifetime;
    return received.reply.json(200, {
      device_code: record.deviceCode,
      user_code: record.userCode,
      verification_uri: `${originOf()}/device`,
      ...(settings.completeAddress
        ? { verification_uri_complete: `${originOf()}/device?user_code=${record.userCode}` }
        : {}),
      ...(lifetime === null ? {} : { expires_in: lifetime }),
      ...(interval === null ? {} : { interval }),
      ...settings.deviceMembers,
    });
  }

  function poll(received: Received): Promise<void> {
    const { entry, reply } = received;
    const wrong = faultOf(received, ["grant_type", "device_code", "client_id"]);
    if (wrong !== undefined) return error(received, "invalid_request", wrong);
    const record = codes.find(received.form["device_code"] ?? "");
    if (!record || received.form["client_id"] !== CLIENT_ID) return error(received, "invalid_grant");
    polls += 1;
    const rate = settings.refusesEarlyPolls ? "strict" : "lenient";
    const outcome = codes.poll(record, reply, settings.slowDownAt.includes(polls) ? "slow down" : rate);
    entry.outcome = outcome;
    if (outcome === "reused" && settings.revokesAtReuse) tokens.revokeCode(record.deviceCode);
    if (outcome !== "granted") {
      const more = outcome === "slow_down" ? settings.slowDownMembers : {};
      const sent = error(received, POLL_ERRORS[outcome], undefined, more);
      decide(record.deviceCode);
      return sent;
    }
    if (settings.endsWith !== undefined) {
      entry.outcome = settings.endsWith;
      return error(received, settings.endsWith);
    }
    if (settings.losesGrant) Object.assign(received.fault, { processed: true, reset: true });
    return reply.json(200, tokens.grant(record), NO_STORE);
  }

  function decide(deviceCode: string | undefined): void {
    const record = codes.find(deviceCode ?? "");
    const answered = journal.entries.filter(({ kind }) => kind === "poll").length;
    if (record?.state !== "pending" || settings.decision === "none" || answered < settings.decidesAfterPolls)
      return;
    codes.decide(record, settings.decision === "approve" ? "approved" : "denied");
  }

  function refresh(received: Received): Promise<void> {
    const wrong = faultOf(received, ["grant_type", "refresh_token", "client_id"]);
    if (wrong !== undefined) return error(received, "invalid_request", wrong);
    if (received.form["client_id"] !== CLIENT_ID) return error(received, "invalid_client");
    const answered = tokens.refresh(received.form["refresh_token"] ?? "");
    if (typeof answered === "string") {
      received.entry.outcome = answered;
      return error(received, "invalid_grant");
    }
    received.entry.outcome = "granted";
    return received.reply.json(200, answered, NO_STORE);
  }

  function revoke(received: Received): Promise<void> {
    const wrong = faultOf(received, ["token"]);
    if (wrong !== undefined) return error(received, "invalid_request", wrong);
    received.entry.outcome = tokens.revoke(received.form["token"] ?? "") ? "revoked" : "unknown";
    return received.reply.empty(200);
  }

  function callApi({ request, entry, reply }: Received): Promise<void> {
    const token = /^Bearer (\S+)$/i.exec(request.headers["authorization"] ?? "")?.[1] ?? "";
    const opens = !settings.apiRefuses && tokens.opens(token);
    entry.outcome = opens ? "opened" : "refused";
    if (opens) return reply.json(200, { data: "opened" });
    return reply.json(
      401,
      { error: "invalid_token" },
      { "www-authenticate": 'Bearer realm="api", error="invalid_token"' },
    );
  }

  function showPage({ request, form, entry, reply }: Received): Promise<void> {
    const send = ({ status, html, outcome }: PageAnswer): Promise<void> => {
      entry.outcome = outcome;
      return reply.text(status, html, PAGE_HEADERS);
    };
    if (request.method === "GET") return send(page.show());
    return send(request.url.pathname === "/device" ? page.enter(form) : page.confirm(form));
  }

  function error(
    { entry, reply }: Received,
    code: string,
    description?: string,
    more: JsonObject = {},
  ): Promise<void> {
    entry.outcome ??= description === undefined ? code : `${code}: ${description}`;
    return reply.json(
      settings.errorStatus,
      { error: code, ...(description === undefined ? {} : { error_description: description }), ...more },
      NO_STORE,
    );
  }
}

const NO_STORE = { "cache-control": "no-store", pragma: "no-cache" };

const POLL_ERRORS: Readonly<Record<Exclude<PollOutcome, "granted">, string>> = {
  pending: "authorization_pending",
  slow_down: "slow_down",
  denied: "access_denied",
  expired: "expired_token",
  reused: "invalid_grant",
};
