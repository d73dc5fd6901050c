/**
 * Spans of OpenTelemetry for sign-ins and refreshes. Needs the package `@opentelemetry/api`.
 *
 * @example
 * ```ts
 * import { createTokenManager } from "@tokenflow/core";
 * import { traceSessions } from "@tokenflow/core/telemetry";
 * import { createOAuthProvider } from "@tokenflow/provider-oauth";
 *
 * const provider = createOAuthProvider({ issuer: "https://login.example.com", clientId: "my-app" });
 * const manager = createTokenManager({ provider, onEvent: traceSessions() });
 * ```
 *
 * @module
 */
export { type TraceSessionsOptions, traceSessions } from "./trace-sessions.ts";
