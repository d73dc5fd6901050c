import { Duplex } from "node:stream";
import type { Channel, ChannelHandlers } from "./channel.ts";

interface TunnelPiece {
  readonly tunnel: number;
  /** In Base64. */
  readonly data: string;
}

/** Connections between a worker and the primary, inside their channel. */
export interface Tunnels {
  open(): Duplex;
  readonly handlers: ChannelHandlers;
  close(): void;
}

/** A tunnel, and what waits until its reader has read. */
interface Tunnel {
  readonly stream: Duplex;
  onRead: (() => void) | undefined;
}

/**
 * @param channel returns the channel, which is made with the handlers
 * @param onOpen called for a connection that the other process opens; absent if it opens none
 */
export function createTunnels(channel: () => Channel, onOpen?: (stream: Duplex) => void): Tunnels {
  const tunnels = new Map<number, Tunnel>();
  let last = 0;

  const create = (tunnel: number): Duplex => {
    const stream: Duplex = new Duplex({
      read() {
        const known = tunnels.get(tunnel);
        known?.onRead?.();
        if (known) known.onRead = undefined;
      },
      // The next piece waits until this one was read, so that neither process holds what a slow reader leaves.
      write(piece: Buffer, _encoding, proceed) {
        const message: TunnelPiece = { tunnel, data: piece.toString("base64") };
        channel()
          .ask<void>("tunnel_write", message)
          .then(() => proceed(), proceed);
      },
      final(done) {
        channel().post("tunnel_end", tunnel);
        done();
      },
      destroy(error, done) {
        if (tunnels.delete(tunnel)) channel().post("tunnel_close", tunnel);
        done(error);
      },
    });
    stream.on("error", () => undefined);
    tunnels.set(tunnel, { stream, onRead: undefined });
    return stream;
  };

  return {
    open() {
      const tunnel = (last += 1);
      channel().post("tunnel_open", tunnel);
      return create(tunnel);
    },
    handlers: {
      posts: {
        tunnel_open: (tunnel: number) => onOpen?.(create(tunnel)),
        tunnel_end: (tunnel: number) => void tunnels.get(tunnel)?.stream.push(null),
        tunnel_close(tunnel: number) {
          const known = tunnels.get(tunnel);
          tunnels.delete(tunnel);
          known?.onRead?.();
          known?.stream.destroy();
        },
      },
      asks: {
        async tunnel_write({ tunnel, data }: TunnelPiece) {
          const known = tunnels.get(tunnel);
          if (!known || known.stream.push(Buffer.from(data, "base64"))) return;
          const { promise, resolve } = Promise.withResolvers<void>();
          known.onRead = resolve;
          await promise;
        },
      },
    },
    close() {
      for (const { stream, onRead } of tunnels.values()) {
        onRead?.();
        stream.destroy();
      }
    },
  };
}
