import { availableParallelism } from "node:os";
import { join } from "node:path";
import { hasServices } from "@tokenflow/services";
import { figure } from "../measure/figure.ts";
import type { Area } from "../measure/result.ts";
import { goalsOf } from "./goals.ts";
import { firstLine, startPinned } from "./processes.ts";
import { LOAD_CORE, measureInTurns } from "./rounds.ts";
import type { Read } from "./sample.ts";
import { subjectsOf } from "./subjects.ts";
import { tablesOf } from "./tables.ts";

/** What stands between a program and the service: the proxies on one core, the load and the service on another. */
export const proxy: Area = {
  id: "proxy",
  title: "The proxy",
  async run(tools) {
    const { folder, say } = tools;
    if (!hasServices("wrk", "taskset") || availableParallelism() < 2) {
      say("needs wrk and two cores: apt-get install wrk");
      return { tables: [], goals: [] };
    }
    await using upstream = startPinned(LOAD_CORE, [
      process.execPath,
      join(import.meta.dirname, "upstream.ts"),
    ]);
    const subjects = await subjectsOf(`http://127.0.0.1:${await firstLine(upstream)}`, folder);
    const samples = await measureInTurns(subjects, tools);
    const of: Read = (name, read) => {
      const its = samples.get(name);
      const values = its ? read(its) : [];
      return values.length > 0 ? figure(values) : undefined;
    };
    return { tables: tablesOf(subjects, of), goals: goalsOf(of) };
  },
};
