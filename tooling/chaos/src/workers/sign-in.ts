import type { ChaosServer } from "../servers/chaos-server.ts";
import { type OpenSessionOptions, openSession } from "./open-session.ts";

/** Signs in as a program of its own; the person approves at once. */
export async function signIn(server: ChaosServer, options: OpenSessionOptions): Promise<void> {
  await using manager = openSession(options);
  const approved = Promise.withResolvers<void>();
  const session = manager.signIn({
    onUserCode: ({ userCode }) => void server.approve(userCode).then(approved.resolve, approved.reject),
  });
  await Promise.all([approved.promise, session]);
}
