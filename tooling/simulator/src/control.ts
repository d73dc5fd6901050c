import { createServer, type Server } from "node:http";
import { text as readText } from "node:stream/consumers";
import {
  type Fault,
  isJsonObject,
  type JsonObject,
  parseJson,
  readFault,
} from "@tokenflow/conformance/server";
import type { Counts, JournalEntry } from "./server/journal.ts";
import { changeSettings, type Settings } from "./server/settings.ts";

/** The controls that a test has over the services. */
export interface SimulatorControls {
  readonly addresses: Readonly<Record<string, string>>;
  /** Mutable: a change counts from the next request. */
  readonly settings: Settings;
  /** Every request that arrived, the oldest first. No secrets. */
  readonly journal: readonly JournalEntry[];
  readonly counts: Readonly<Counts>;
  /**
   * Approves as the person would on the page, for GitHub and Hyper alike.
   * @throws RangeError if no such code waits for a decision
   */
  approve(userCode: string, options?: { readonly login?: string | undefined }): void;
  deny(userCode: string): void;
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Creates a consent without a sign-in: GitHub's token, or Hyper's refresh token. */
  createGrant(
    service: "github" | "hyper",
    options?: {
      readonly login?: string | undefined;
      /** Of GitHub's apps. @default the first */
      readonly clientId?: string | undefined;
    },
  ): string;
  /** Ends every access token. Grants stay. */
  expireTokens(): void;
  /** Revokes the grants of one login or all, and returns their number. Copilot tokens live on, Hyper's do not. */
  revokeGrants(options?: { readonly login?: string | undefined }): number;
}

/** Creates the server of the control address: everything that a test can do in-process, over HTTP. */
export function createControlServer(controls: SimulatorControls): Server {
  const answer = (method: string, path: string, body: JsonObject): unknown => {
    const text = (name: string): string | undefined => {
      const value = body[name];
      return typeof value === "string" ? value : undefined;
    };
    switch (`${method} ${path}`) {
      case "POST /approve":
        return controls.approve(text("user_code") ?? "", { login: text("login") });
      case "POST /deny":
        return controls.deny(text("user_code") ?? "");
      case "POST /faults":
        return controls.fault(readFault(body));
      case "DELETE /faults":
        return controls.clearFaults();
      case "POST /settings":
        changeSettings(controls.settings, body);
        return controls.settings;
      case "GET /settings":
        return controls.settings;
      case "POST /grants":
        return {
          grant: controls.createGrant(body["service"] === "hyper" ? "hyper" : "github", {
            login: text("login"),
          }),
        };
      case "POST /expire-tokens":
        return controls.expireTokens();
      case "POST /revoke-grants":
        return { revoked: controls.revokeGrants({ login: text("login") }) };
      case "GET /journal":
        return controls.journal;
      case "GET /counts":
        return controls.counts;
      case "GET /":
        return controls.addresses;
      default:
        throw new RangeError(`There is no ${method} ${path}`);
    }
  };
  return createServer((message, response) => {
    const respond = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
      response.end(`${JSON.stringify(body ?? {})}\n`);
    };
    readText(message).then(
      (text) => {
        const body = text === "" ? {} : parseJson(text);
        if (!isJsonObject(body)) return respond(400, { error: "The body is not a JSON object" });
        try {
          const { pathname } = new URL(message.url ?? "/", "http://127.0.0.1");
          respond(200, answer(message.method ?? "GET", pathname.replace(/^\/_simulator(?=\/)/, ""), body));
        } catch (error) {
          respond(error instanceof RangeError ? 404 : 400, {
            error: error instanceof Error ? error.message : "",
          });
        }
      },
      () => undefined,
    );
  });
}
