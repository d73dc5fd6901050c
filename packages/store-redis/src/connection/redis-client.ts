import type { ConnectionOptions as TlsOptions } from "node:tls";

/** One command as it is sent, beginning with its name. */
export type Command = readonly [name: string, ...args: string[]];

/** The client that the store needs. */
export interface RedisClient {
  connect(): Promise<unknown>;
  /** Sends a command to the server of `key`; to any server for a command without a key. */
  send(key: string | undefined, command: Command): Promise<unknown>;
  /** Sends all commands together, over one connection to the server of `key`. */
  sendTogether(key: string, commands: readonly Command[]): Promise<readonly unknown[]>;
  /** Ends all connections at once, also during a command. */
  destroy(): void;
}

/** The address of Redis. */
export interface RedisAddress {
  /**
   * The URL of a single server; `rediss://` for TLS.
   * @default "redis://127.0.0.1:6379"
   * @example "redis://user:password@redis.example.org:6379/0"
   */
  readonly url?: string | undefined;
  /**
   * The addresses of some nodes of a Redis Cluster, instead of `url`.
   * @default no cluster
   * @example ["redis://node-1.example.org:6379", "redis://node-2.example.org:6379"]
   */
  readonly cluster?: readonly string[] | undefined;
  /**
   * The primary's name and the addresses of some sentinels, instead of `url`.
   * @default no Sentinel
   * @example { name: "primary", nodes: [{ host: "sentinel-1.example.org", port: 26_379 }] }
   */
  readonly sentinel?: { readonly name: string; readonly nodes: readonly RedisNode[] } | undefined;
  /** The user name, unless the address has one. @default none @example "tokenflow" */
  readonly username?: string | undefined;
  /** The password, unless the address has one. @default none @example process.env["REDIS_PASSWORD"] */
  readonly password?: string | undefined;
  /** The index of the database. A cluster has only one. @default 0 @example 2 */
  readonly database?: number | undefined;
  /**
   * Connects by TLS with these options of `node:tls`. A `rediss://` address needs none.
   * @default by the address
   * @example { ca: readFileSync("ca.pem") }
   */
  readonly tls?: TlsOptions | undefined;
}

export interface RedisNode {
  /** The host name or IP address of the node. @example "sentinel-1.example.org" */
  readonly host: string;
  /** The port of the node. @example 26_379 */
  readonly port: number;
}
