/** What is wrong, and what to do: an error's message as a sentence, and its hint. */
export function formatError({
  message,
  hint,
}: {
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  const sentence = /[.?!]$/.test(message) ? message : `${message}.`;
  return hint ? `${sentence} ${hint}` : sentence;
}
