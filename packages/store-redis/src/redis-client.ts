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
  /** For example `redis://user:password@host:6379/0`; `rediss://` for TLS. @default "redis://127.0.0.1:6379" */
  readonly url?: string | undefined;
  /** The addresses of some nodes of a Redis Cluster, instead of `url`. @default no cluster */
  readonly cluster?: readonly string[] | undefined;
  /** The primary's name and the addresses of some sentinels, instead of `url`. @default no Sentinel */
  readonly sentinel?: { readonly name: string; readonly nodes: readonly RedisNode[] } | undefined;
  /** The user name, unless the address has one. @default none */
  readonly username?: string | undefined;
  /** The password, unless the address has one. @default none */
  readonly password?: string | undefined;
  /** The index of the database. A cluster has only one. @default 0 */
  readonly database?: number | undefined;
  /** Connects by TLS with these options of `node:tls`. A `rediss://` address needs none. @default by the address */
  readonly tls?: TlsOptions | undefined;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}
