/** Addresses without the name and password in them: `redis://…@host:6379`. A password may hold any mark. */
export function hidePasswords(text: string): string {
  return text.replaceAll(/(?<=\w:\/\/)[^\s"]*@/g, "…@");
}
