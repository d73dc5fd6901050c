import type { JournalEntry } from "../server/journal.ts";

/** The purpose of a request to the server of a scenario. */
export type Endpoint =
  | "metadata"
  | "device_code"
  | "poll"
  | "refresh"
  | "revocation"
  | "page"
  | "api"
  /** An address that only a redirect names. */
  | "redirected"
  | "unknown";

/** One request of the client, and how it was answered. Secrets are replaced by their labels. */
export interface Exchange extends JournalEntry {
  readonly kind: Endpoint;
  /** When it arrived, in ms since the scenario began. */
  readonly arrivedAt: number;
  /** When its answer began, in ms since the scenario began. Absent while there is none. */
  readonly answeredAt?: number | undefined;
  /** The parameters of the body. */
  readonly fields: Readonly<Record<string, string>>;
  /** The parameters in the address. */
  readonly query: Readonly<Record<string, string>>;
  /** The names of parameters that came more than once. */
  readonly repeated: readonly string[];
  /** What is malformed about the request. */
  readonly complaint?: string | undefined;
  /** `Authorization`, with its secret replaced. */
  readonly authorization?: string | undefined;
}
