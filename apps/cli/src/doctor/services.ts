import { OAUTH, PROVIDERS, requireProvider } from "@tokenflow/common";
import { createHttp, type HttpAnswer } from "@tokenflow/core/provider";
import { formatCountdown } from "../terminal/format.ts";
import { type Check, errorFinding, type Finding } from "./check.ts";

/** With a larger difference, tokens seem to expire too early or too late. */
const CLOCK_LIMIT = 60_000;
/** The `Date` header has whole seconds. */
const DATE_STEP = 1_000;

/** Checks that each service in use, or each known service if none is, responds, and compares clocks. */
export const services: Check = {
  name: "services",
  async run({ context, storeContext, sessions, signal }) {
    const wanted = new Set([...Object.keys(PROVIDERS), ...Object.keys(storeContext.config.providers)]);
    const inUse = new Set(sessions.map(({ provider }) => provider));
    const ids = [...wanted].filter((id) => inUse.size === 0 || inUse.has(id) || id.startsWith(`${OAUTH}:`));
    const modules = await Promise.all(ids.map((id) => requireProvider(id, storeContext.config).load()));
    const origins = new Set(modules.flatMap((module) => module.origins(context.env)));
    return (await Promise.all([...origins].map((origin) => ask(origin, signal)))).flat();
  },
};

async function ask(url: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const host = URL.parse(url)?.host ?? url;
  const before = Date.now();
  let answer: HttpAnswer;
  try {
    answer = await createHttp()({ method: "HEAD", url, signal });
  } catch (error) {
    return [await errorFinding(error, host)];
  }
  const took = Date.now() - before;
  const { status, date } = answer;
  const message = `${host} responds in ${took} ms`;
  const reached: Finding =
    status < 500
      ? { level: "green", message }
      : {
          level: "yellow",
          message: `${message} with status ${status}`,
          fix: "The service has a problem. Try again later.",
        };
  return date === undefined ? [reached] : [reached, ...clock(host, date, before, took)];
}

function clock(host: string, date: number, before: number, took: number): readonly Finding[] {
  const ahead = before + took / 2 - date;
  const off = Math.abs(ahead) - took / 2 - DATE_STEP;
  if (off <= CLOCK_LIMIT) return [];
  return [
    {
      level: "yellow",
      message: `this machine's clock is ${formatCountdown(off)} ${ahead > 0 ? "ahead of" : "behind"} ${host}`,
      fix: "Set the clock by the network: tokens seem to expire at the wrong time.",
    },
  ];
}
