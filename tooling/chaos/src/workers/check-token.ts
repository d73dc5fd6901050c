import type { Token } from "@tokenflow/core";

/** Shows a token to the API: whether it was taken. */
export async function checkToken(url: string, { accessToken }: Token): Promise<boolean> {
  const response = await fetch(`${url}/resource`, {
    headers: { authorization: `Bearer ${accessToken}`, "x-pid": String(process.pid) },
  });
  await response.arrayBuffer();
  return response.ok;
}
