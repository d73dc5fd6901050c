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
  /** False if the answer ended early. Its figures then never come. */
  readonly isComplete: boolean;
}

/** Counts what answers cost, and refuses requests beyond a budget. Created by `createUsage` of `@tokenflow/proxy/usage`. */
export interface ProxyUsage {
  /** @throws RequestError `request.over_budget` if nothing is left for this caller */
  require(owner: UsageOwner): void;
  /** Never throws, and never waits. */
  record(call: AnsweredCall): void;
}
