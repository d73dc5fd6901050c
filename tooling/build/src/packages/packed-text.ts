/** Real credentials, which no packed file may contain. The lengths exclude examples. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  "a GitHub token": /\b(?:gh[oprsu]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})/,
  "an npm token": /\bnpm_[A-Za-z0-9]{36,}/,
  "a private key": /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\n[A-Za-z0-9+/=]{40,}/,
  "a Copilot token": /\btid=[0-9a-f]{32};/,
};

/** Text that no built file may contain. A README may, as an example. */
const MACHINES: Readonly<Record<string, RegExp>> = {
  "a path on the machine that built it":
    /(?:\/home\/[a-z]+\/|\/Users\/[a-z]+\/|\/tmp\/|[A-Z]:\\Users\\)[\w.-]+\//,
};

/** Returns one sentence for each secret or path in a packed file, and for a source map without sources. */
export function textViolations(path: string, text: string): readonly string[] {
  const found = Object.entries({ ...SECRETS, ...(path.endsWith(".md") ? {} : MACHINES) })
    .filter(([, secret]) => secret.test(text))
    .map(([what]) => `contains ${what}: ${path}`);
  return path.endsWith(".map") ? [...found, ...mapViolations(path, text)] : found;
}

function mapViolations(path: string, text: string): readonly string[] {
  const { sources = [], sourcesContent = [] } = JSON.parse(text) as {
    readonly sources?: readonly string[];
    readonly sourcesContent?: readonly (string | null)[];
  };
  const missing = sources.filter((_, index) => typeof sourcesContent[index] !== "string");
  // The map of a declaration points to the packed sources.
  if (path.endsWith(".d.ts.map") || missing.length === 0) return [];
  return [`has a source map without its sources: ${path}`];
}
