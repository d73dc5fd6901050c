/** `<random id of the sign-in>:<counter>`. The counter rises with every stored session; a mark leaves it alone. */
export function firstRevision(): string {
  return `${crypto.randomUUID().slice(0, 13)}:1`;
}

/** The revision of the session that is stored next. */
export function nextRevision(revision: string): string {
  if (revision === "") return firstRevision();
  const [id, counter] = revision.split(":");
  return `${id}:${Number(counter) + 1}`;
}

/** Which sign-in a revision descends from. */
export function signInId(revision: string): string {
  return revision.split(":")[0] ?? "";
}
