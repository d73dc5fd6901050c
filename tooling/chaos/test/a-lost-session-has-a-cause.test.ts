import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createFolder, type TokenRequest } from "@tokenflow/services";
import { expect, test } from "vitest";
import { createSessionTrace, type SessionTrace } from "../src/parts/session-trace.ts";

const [SIGNER, KILLED, NEXT] = [1, 2, 3];
const SOME_LIFETIME = 0;

/** A session whose sign-in brought `first`, and a process that exchanged it for `second`. */
async function follow(act: (scene: Scene) => Promise<void>): Promise<ReturnType<SessionTrace["result"]>> {
  await using folder = await createFolder();
  using trace = createSessionTrace(folder.path);
  const scene: Scene = {
    trace,
    write: async (refreshToken, by) => {
      const session = { grant: { refreshToken }, ...(by && { mark: { owner: `here/${by}/0` } }) };
      await writeFile(join(folder.path, "some.json"), JSON.stringify(session));
      trace.stored();
    },
    present: (pid, presented, refreshToken) => trace.onToken(requestOf(pid, presented, refreshToken)),
  };
  scene.present(SIGNER, undefined, "first");
  await scene.write("first", KILLED);
  await act(scene);
  return trace.result(SOME_LIFETIME);
}

interface Scene {
  readonly trace: SessionTrace;
  readonly write: (refreshToken: string, intentOf?: number) => Promise<void>;
  readonly present: (pid: number, presented: string | undefined, refreshToken?: string) => void;
}

function requestOf(pid: number, presented: string | undefined, refreshToken?: string): TokenRequest {
  const now = performance.now();
  const accepted = refreshToken !== undefined;
  const rotatedAt = accepted && presented !== undefined ? now : undefined;
  return {
    headers: { "x-sender": `${pid}/${Date.now()}` },
    presented,
    arrivedAt: now,
    rotatedAt,
    answeredAt: now,
    accepted,
    accessToken: refreshToken && `token of ${refreshToken}`,
    refreshToken,
  };
}

test("a kill of the sender between rotation and write explains a loss", async () => {
  const { losses, problems } = await follow(async ({ trace, present }) => {
    present(KILLED, "first", "second");
    trace.noteKill(KILLED);
    present(NEXT, "first");
  });
  expect(losses).toMatchObject([{ moment: "after the rotation", spent: { pid: KILLED } }]);
  expect(problems).toEqual([]);
});

test("a kill while the request is on its way explains a loss, too", async () => {
  const { losses, problems } = await follow(async ({ trace, present }) => {
    trace.noteKill(KILLED);
    present(KILLED, "first", "second");
    present(NEXT, "first");
  });
  expect(losses).toMatchObject([{ moment: "before the rotation" }]);
  expect(problems).toEqual([]);
});

test("a loss after the write is a problem in spite of a kill", async () => {
  const { losses, problems } = await follow(async ({ trace, write, present }) => {
    present(KILLED, "first", "second");
    await write("second");
    trace.noteKill(KILLED);
    present(NEXT, "first");
  });
  expect(losses).toEqual([]);
  expect(problems).toEqual([expect.stringContaining("what that had brought was stored")]);
});

test("a loss is a problem if another process was killed", async () => {
  const { losses, problems } = await follow(async ({ trace, present }) => {
    present(KILLED, "first", "second");
    trace.noteKill(NEXT);
    present(NEXT, "first");
  });
  expect(losses).toEqual([]);
  expect(problems).toEqual([expect.stringContaining("which was not killed")]);
});

test("a request for a sign-in is a problem while the session lives", async () => {
  const { problems } = await follow(async ({ trace }) => trace.noteAsked(trace.stored()));
  expect(problems).toEqual([expect.stringContaining("asked to sign in")]);
});

test("a request for a sign-in is none after the session was refused", async () => {
  const { problems } = await follow(async ({ trace, present }) => {
    const before = trace.stored();
    present(KILLED, "first", "second");
    trace.noteKill(KILLED);
    present(NEXT, "first");
    trace.noteAsked(before);
  });
  expect(problems).toEqual([]);
});

test("a grant that is redeemed without an intent is a problem", async () => {
  const { problems } = await follow(async ({ write, present }) => {
    await write("first");
    present(NEXT, "first", "second");
  });
  expect(problems).toEqual([expect.stringContaining("without its intent")]);
});
