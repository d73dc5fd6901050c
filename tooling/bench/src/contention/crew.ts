import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Served, WorkerSettings } from "./worker.ts";

/** Processes that stand ready to ask for the same token. */
export interface Crew {
  /** Gives the word to all, and answers after how many milliseconds each was served, and by which token. */
  go(): Promise<readonly { readonly after: number; readonly token: string }[]>;
}

const AT_ONCE = 8;

export async function startCrew(size: number, settings: WorkerSettings): Promise<Crew> {
  const members: Member[] = [];
  // Not all at once: they are to be up, not to fight for the processor.
  while (members.length < size) {
    const few = Array.from({ length: Math.min(AT_ONCE, size - members.length) }, () => startMember(settings));
    await Promise.all(few.map(({ up }) => up));
    members.push(...few);
  }
  return {
    async go() {
      const start = process.hrtime.bigint();
      for (const member of members) member.go();
      const served = await Promise.all(members.map((member) => member.served));
      await Promise.all(members.map((member) => member.end()));
      return served.map(({ at, token }) => ({ after: Number(BigInt(at) - start) / 1e6, token }));
    },
  };
}

interface Member {
  readonly up: Promise<void>;
  readonly served: Promise<Served>;
  go(): void;
  end(): Promise<void>;
}

function startMember(settings: WorkerSettings): Member {
  const child = spawn(process.execPath, [join(import.meta.dirname, "worker.ts"), JSON.stringify(settings)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "close").then(([code]) => {
    if (code !== 0) throw new Error(`A worker ended with ${String(code)}`);
  });
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    await (done && ended);
    return String(value);
  };
  const up = nextLine();
  const served = up.then(nextLine).then((line) => JSON.parse(line) as Served);
  for (const promise of [ended, served]) promise.catch(() => undefined);
  return {
    up: up.then(() => undefined),
    served,
    go: () => void child.stdin.write("go\n"),
    end: () => {
      child.stdin.write("end\n");
      return ended;
    },
  };
}
