import type { AnswerUsage } from "./usage-members.ts";

/** The caller of a request and its session, by which usage is counted and limited. */
export interface UsageOwner {
  /** The name of the caller's key. */
  readonly key: string | undefined;
  /** As callers name it: `copilot`, or `copilot@work` for another account than the default. */
  readonly session: string;
}

/** One answer of an upstream, without any of its words. */
export interface AnsweredCall extends UsageOwner, AnswerUsage {
  readonly model: string | undefined;
  /** The name of the calling program, from its `User-Agent`. */
  readonly client: string | undefined;
  /** Eight characters of a hash, the same for all calls of one conversation. */
  readonly conversation: string | undefined;
  /** The sizes of the request, without its encoding, and of its answer: for an estimate if that tells no figures. */
  readonly requestBytes?: number | undefined;
  readonly answerBytes?: number | undefined;
  /** False if the answer ended early. Its figures then never come. */
  readonly isComplete: boolean;
}

/** The sum of some answers. */
export interface UsageRow {
  /** The model, key, and so on. `null` if the answers told none. */
  readonly name: string | null;
  /** The answers that came to their end. */
  readonly answers: number;
  /** The answers whose figures never came. They are in no other figure. */
  readonly unknown: number;
  /** In tokens, with those of a cache. */
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
  readonly credits: number;
}

/** Adds one sum to another of the same name. */
export function addRows(a: UsageRow, b: UsageRow): UsageRow {
  return {
    name: a.name,
    answers: a.answers + b.answers,
    unknown: a.unknown + b.unknown,
    input: a.input + b.input,
    cached: a.cached + b.cached,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
    credits: a.credits + b.credits,
  };
}

/** The use of some days, for the dashboard. */
export interface UsageReport {
  /** The start of the first day, in milliseconds since 1970. */
  readonly since: number;
  readonly now: number;
  /** In their order, without days that had no answer. */
  readonly days: readonly UsageRow[];
  /** The most expensive first. */
  readonly models: readonly UsageRow[];
  /** The most expensive first, named by eight characters of a hash. */
  readonly conversations: readonly UsageRow[];
}

/** Counts what answers cost, and refuses requests beyond a budget. Created by `createUsage` of `@tokenflow/proxy/usage`. */
export interface ProxyUsage {
  /**
   * Returns a promise only if others share the budget, and have to be asked.
   * @throws RequestError `request.over_budget` if nothing is left for this caller
   */
  require(owner: UsageOwner): Promise<void> | void;
  /** Never throws. A promise resolves when the call counts for all who share a budget: until then it is under way. */
  record(call: AnsweredCall): Promise<void> | void;
  /**
   * Adds up what was used since the start of a day, in milliseconds since 1970. Absent if it cannot be told.
   * @throws an error if the database cannot be read
   */
  report?(since: number): Promise<UsageReport>;
}
