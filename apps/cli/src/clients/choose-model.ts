import type { Api, ClientModel } from "./read-models.ts";

/** Returns true unless the catalogue says that none of the APIs serves the model, and no call is translated for it. */
export function mayServe(model: ClientModel, wanted: readonly Api[]): boolean {
  return model.translated === true || servesNatively(model, wanted);
}

/**
 * Returns the first of the APIs that serves the model. An unlisted model is taken to be served by the first one, and so
 * is one whose calls are translated if none of them serves it.
 */
export function apiOf({ apis, translated }: ClientModel, wanted: readonly Api[]): Api | undefined {
  const [first] = wanted;
  const native = apis === undefined ? first : wanted.find((api) => apis.includes(api));
  return native ?? (translated ? first : undefined);
}

/** Returns the models that the APIs serve: those that need no translation first. */
export function usableBy(models: readonly ClientModel[], wanted: readonly Api[]): readonly ClientModel[] {
  const usable = models.filter((model) => model.offered && mayServe(model, wanted));
  const isNative = (model: ClientModel): boolean => servesNatively(model, wanted);
  return [...usable.filter(isNative), ...usable.filter((model) => !isNative(model))];
}

function servesNatively({ apis }: ClientModel, wanted: readonly Api[]): boolean {
  return apis === undefined || wanted.some((api) => apis.includes(api));
}

/** Returns the first model that fits the earliest pattern, else the first one. */
export function prefer(
  models: readonly ClientModel[],
  ...patterns: readonly RegExp[]
): ClientModel | undefined {
  const fitting = patterns.map((pattern) => newest(models.filter(({ id }) => pattern.test(id))));
  return fitting.find((model) => model !== undefined) ?? models[0];
}

/** Returns the highest version of a family, for example `opus`. */
export function newestOf(models: readonly ClientModel[], family: string): ClientModel | undefined {
  return newest(models.filter(({ id }) => id.split(/[^a-z]+/).includes(family)));
}

/** Among equal versions, the shortest name is the one without suffixes. */
function newest(models: readonly ClientModel[]): ClientModel | undefined {
  return models.toSorted(
    (a, b) => compareVersions(versionOf(b.id), versionOf(a.id)) || a.id.length - b.id.length,
  )[0];
}

/** Reads the version of `claude-sonnet-4.5` or `claude-3-5-sonnet-20241022`: long numbers are a date. */
function versionOf(id: string): readonly number[] {
  return (id.match(/\d+/g) ?? []).filter((digits) => digits.length < 4).map(Number);
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Returns the smallest of the known limits. */
export function smallest(limits: readonly (number | undefined)[]): number | undefined {
  const known = limits.filter((limit) => limit !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** Returns the name that the proxy also knows, with dashes between the digits of the version. */
export function dashed(id: string): string {
  return id.replace(/(?<=\d)\.(?=\d)/g, "-");
}
