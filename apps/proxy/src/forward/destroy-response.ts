import type { ServerResponse } from "node:http";

/**
 * Ends the connection so that no client takes what it has for the whole: everything written still arrives,
 * the proper end of the message never does. HTTP/1.0 knows no proper end, so there it takes a reset.
 */
export function destroyResponse(response: ServerResponse): void {
  const { socket, req } = response;
  if (!socket) response.destroy();
  else if (req.httpVersionMajor === 1 && req.httpVersionMinor === 0) socket.resetAndDestroy();
  else socket.destroySoon();
}
