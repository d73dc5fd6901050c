import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { isJsonObject, type JsonObject } from "@tokenflow/conformance/server";

export type Form = Readonly<Record<string, string>>;

/** Starts to listen on loopback, and returns the address. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("The fake has no port");
  return `http://127.0.0.1:${bound.port}`;
}

export async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** Reads a JSON body as the form that it stands for. */
export function readJsonForm(text: string): Form {
  const body: unknown = JSON.parse(text);
  if (!isJsonObject(body)) return {};
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}

/** Returns the body with some members under other names. */
export function rename(body: JsonObject, names: Form = {}): JsonObject {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [names[name] ?? name, value]));
}
