import { until } from "@tokenflow/services";

/** Polls until something is found, and returns it. */
export async function untilFound<Value>(
  find: () => Value | undefined | Promise<Value | undefined>,
): Promise<Value> {
  const found: { value?: Value | undefined } = {};
  await until(async () => (found.value = await find()) !== undefined);
  return found.value as Value;
}
