import { hostname } from "node:os";

/** `host/pid/start` of this process; the start in milliseconds since 1970. */
export const owner: string = `${hostname()}/${process.pid}/${Math.round(performance.timeOrigin)}`;
