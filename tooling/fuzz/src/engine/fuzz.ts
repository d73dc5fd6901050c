import type { Coverage } from "./coverage.ts";
import { createDice, mutate } from "./mutate.ts";
import { type Target, tryInput } from "./target.ts";

export interface FuzzOptions {
  /** Inputs of earlier runs. */
  readonly corpus: readonly Uint8Array[];
  readonly coverage: Coverage;
  readonly seed: number;
  /** Ends before the next inputs if it returns true. */
  readonly isOver: (tried: number) => boolean;
  /** Called before each input, for the case that it never ends. */
  readonly onInput?: (bytes: Uint8Array) => void;
}

export interface FuzzResult {
  /** How many inputs were tried. */
  readonly tried: number;
  /** Inputs each of which reaches code that no smaller one reaches. */
  readonly corpus: readonly Uint8Array[];
  readonly broken?: { readonly bytes: Uint8Array; readonly problem: string } | undefined;
}

/** How many inputs are tried between two looks at the coverage. */
const BATCH = 50;

/** Changes inputs, and keeps those that reach code which none reached before. Ends at the first that breaks the target. */
export async function fuzz(
  target: Target,
  { corpus, coverage, seed, isOver, onInput = () => undefined }: FuzzOptions,
): Promise<FuzzResult> {
  const dice = createDice(seed);
  const kept: Uint8Array[] = [];
  let tried = 0;
  let broken: FuzzResult["broken"];

  const breaks = async (bytes: Uint8Array): Promise<boolean> => {
    onInput(bytes);
    tried += 1;
    try {
      await tryInput(target, bytes);
    } catch (error) {
      broken ??= { bytes, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    return broken !== undefined;
  };
  /** Returns those that reach something new, the shortest first. */
  const keepNew = async (inputs: readonly Uint8Array[]): Promise<Uint8Array[]> => {
    const found: Uint8Array[] = [];
    for (const bytes of inputs.toSorted((a, b) => a.length - b.length)) {
      if (await breaks(bytes)) return found;
      if (coverage.hasReachedNew()) found.push(bytes);
    }
    return found;
  };

  const seeds = target.seeds.map((text) => (typeof text === "string" ? Buffer.from(text) : text));
  const first = [...corpus, ...seeds];
  kept.push(...(await keepNew(first)));
  while (!broken && !isOver(tried)) {
    const batch: Uint8Array[] = [];
    for (let count = 0; count < BATCH && !broken; count += 1) {
      const bytes = mutate(kept[dice(kept.length)] ?? new Uint8Array(0), first, target.words, dice);
      batch.push(bytes);
      await breaks(bytes);
    }
    if (broken || !coverage.hasReachedNew()) continue;
    // Code that is reached is only noticed for all of a batch: what each of them reaches shows against nothing.
    coverage.forget();
    const reached = await keepNew([...kept, ...batch]);
    kept.splice(0, kept.length, ...reached);
  }
  return { tried, corpus: kept, broken };
}
