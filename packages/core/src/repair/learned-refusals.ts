import type { Clock } from "../base/clock.ts";
import type { MemberPath } from "./member-path.ts";

/**
 * A part of a request that an upstream refuses: a value in a header's list, a member of the body, or the name of a
 * member that it has under another one.
 */
export type RefusedPart =
  | { readonly header: string; readonly value: string }
  | { readonly member: MemberPath }
  | { readonly from: string; readonly to: string };

/** Remembers for an hour what an upstream refuses, by its host and the model, and its names of models. */
export interface LearnedRefusals {
  /** Returns what this host is known to refuse for this model. */
  of(host: string, model: string | undefined): readonly RefusedPart[];
  /** Returns the parts that are new. */
  add(host: string, model: string | undefined, parts: readonly RefusedPart[]): readonly RefusedPart[];
  /** Returns the name by which this host knows a model; the same name if nothing was learned. */
  nameOf(host: string, model: string): string;
  rename(host: string, model: string, name: string): void;
}

const TTL = 3_600_000;
/** A model's name comes from the caller, so the memory is bounded. The oldest are forgotten first. */
const MAX_MODELS = 256;
const MAX_PARTS = 64;

interface LearnedPart {
  readonly part: RefusedPart;
  /** By the monotonic clock. */
  readonly until: number;
}

export function createLearnedRefusals(clock: Clock): LearnedRefusals {
  const models = new Map<string, Map<string, LearnedPart>>();
  const names = new Map<string, { readonly name: string; readonly until: number }>();

  const current = (key: string): Map<string, LearnedPart> => {
    const parts = models.get(key) ?? new Map<string, LearnedPart>();
    for (const [name, { until }] of parts) if (until <= clock.monotonicNow()) parts.delete(name);
    return parts;
  };

  return {
    of(host, model) {
      if (models.size === 0) return [];
      return [...current(keyOf(host, model)).values()].map(({ part }) => part);
    },
    add(host, model, parts) {
      const key = keyOf(host, model);
      const known = current(key);
      const added = parts.filter((part) => !known.has(describePart(part)));
      for (const part of added) {
        known.set(describePart(part), { part, until: clock.monotonicNow() + TTL });
        forgetOldest(known, MAX_PARTS);
      }
      models.delete(key);
      models.set(key, known);
      forgetOldest(models, MAX_MODELS);
      return added;
    },
    nameOf(host, model) {
      const known = names.get(keyOf(host, model));
      return known && known.until > clock.monotonicNow() ? known.name : model;
    },
    rename(host, model, name) {
      const key = keyOf(host, model);
      names.delete(key);
      names.set(key, { name, until: clock.monotonicNow() + TTL });
      forgetOldest(names, MAX_MODELS);
    },
  };
}

/** Names a part for people: `anthropic-beta: context-1m-2025-08-07`, `tools.*.strict`, `max_tokens`. */
export function describePart(part: RefusedPart): string {
  if ("header" in part) return `${part.header}: ${part.value}`;
  return "member" in part ? part.member.join(".") : part.from;
}

function keyOf(host: string, model = ""): string {
  return `${host} ${model}`;
}

function forgetOldest(map: Map<string, unknown>, max: number): void {
  const oldest = map.keys().next();
  if (map.size > max && !oldest.done) map.delete(oldest.value);
}
