// With a umask that forbids nothing: looks at the whole folder before and after every call of the file system.
import { lstatSync, readdirSync } from "node:fs";
import * as nodeFileSystem from "node:fs/promises";
import { join } from "node:path";
import { createFileStore, type FileSystem, type OpenFile } from "@tokenflow/store-file";

const [folder = "", times = "0"] = process.argv.slice(2);
process.umask(0);
let looks = 0;
let seen = 0;

function look(): void {
  looks += 1;
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const path of [folder, ...names.map((name) => join(folder, name))]) {
    const { mode } = lstatSync(path);
    seen += 1;
    if (mode & 0o077) process.stdout.write(`wide ${path} ${mode.toString(8)}\n`);
  }
}

function watched<T extends object>(target: T): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        look();
        const answer: unknown = await member.apply(object, args);
        look();
        return name === "open" ? watched(answer as OpenFile) : answer;
      };
    },
  });
}

const store = createFileStore({ folder, fs: watched<FileSystem>({ ...nodeFileSystem }) });
for (let count = 0; count < Number(times); count += 1) {
  const key = count % 2 ? "copilot/default" : "x".repeat(300);
  await using _lock = await store.lock(key);
  await store.set(key, "secret");
  await store.replace(key, "secret", "next secret");
  if (count % 5 === 0) await store.quarantine?.(key);
  if (count % 7 === 0) await store.delete(key);
}
process.stdout.write(`looked ${looks} ${seen}\n`);
