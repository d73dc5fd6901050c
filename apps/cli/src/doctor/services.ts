import { createHttp, type HttpAnswer } from "@tokenflow/core/provider";
import { formatCountdown } from "../formats/duration.ts";
import { OAUTH, PROVIDERS, requireProvider } from "../session/providers.ts";
import { type Check, errorFinding, type Finding } from "./check.ts";

/** What a clock may be off by before tokens seem to end too early or too late. */
const CLOCK_LIMIT = 60_000;
/** `Date` has whole seconds, and an answer is on its way for a while. */
const DATE_STEP = 1_000;

/** Whether each service that is signed in to, or that could be, answers, and what the time is there. */
export const services: Check = {
  name: "services",
  async run({ context, place, sessions, signal }) {
    const wanted = new Set([...Object.keys(PROVIDERS), ...Object.keys(place.config.providers)]);
    const inUse = new Set(sessions.map(({ provider }) => provider));
    const ids = [...wanted].filter((id) => inUse.size === 0 || inUse.has(id) || id.startsWith(`${OAUTH}:`));
    const modules = await Promise.all(ids.map((id) => requireProvider(id, place.config).load()));
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
  const message = `${host} answers in ${took} ms`;
  const reached: Finding =
    status < 500
      ? { level: "green", message }
      : {
          level: "yellow",
          message: `${message}, with ${status}`,
          fix: "The service is in trouble; try again later.",
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
      fix: "Set it by the network: tokens seem to end at the wrong time.",
    },
  ];
}
