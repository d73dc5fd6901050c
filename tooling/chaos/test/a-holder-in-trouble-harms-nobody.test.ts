import { describe, test } from "vitest";
import { fillDisk } from "../src/scenarios/filled-disk.ts";
import { stopHolder } from "../src/scenarios/stopped-holder.ts";
import { startTestServer } from "../src/servers/servers.ts";

describe.concurrent("a process in the middle of a redemption", () => {
  test("that is stopped keeps the others from redeeming; when it continues, the session is alive", async ({
    expect,
  }) => {
    const lifetime = 1_250;
    await using server = await startTestServer("strict", { lifetime });
    const { problems, meanwhile } = await stopHolder({
      server,
      processes: 4,
      stopFor: 1_500,
      patience: 300,
    });
    expect(problems).toEqual([]);
    expect(meanwhile["TimeoutError"]).toBeGreaterThan(0);
  });

  test("that finds the disk full serves its token from memory, and stores it when the disk has room", async ({
    expect,
  }) => {
    const lifetime = 2_000;
    await using server = await startTestServer("strict", { lifetime });
    const { problems, servedUnsaved } = await fillDisk({
      server,
      processes: 4,
      patience: 300,
    });
    expect(problems).toEqual([]);
    expect(servedUnsaved).toBeGreaterThan(0);
  });
});
