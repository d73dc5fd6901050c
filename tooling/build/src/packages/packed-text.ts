/** What no file of ours may hold: the shapes of real credentials, long enough not to be an example. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  "a GitHub token": /\b(?:gh[oprsu]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})/,
  "an npm token": /\bnpm_[A-Za-z0-9]{36,}/,
  "a private key": /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\n[A-Za-z0-9+/=]{40,}/,
  "a Copilot token": /\btid=[0-9a-f]{32};/,
};

/** What no built file may hold; a README may, as an example. */
const MACHINES: Readonly<Record<string, RegExp>> = {
  "a place on the machine that built it":
    /(?:\/home\/[a-z]+\/|\/Users\/[a-z]+\/|\/tmp\/|[A-Z]:\\Users\\)[\w.-]+\//,
};

/** What a packed file says and must not, and where a source map has no sources; one sentence each. */
export function textViolations(path: string, text: string): readonly string[] {
  const held = Object.entries({ ...SECRETS, ...(path.endsWith(".md") ? {} : MACHINES) })
    .filter(([, secret]) => secret.test(text))
    .map(([what]) => `holds ${what}: ${path}`);
  return path.endsWith(".map") ? [...held, ...mapViolations(path, text)] : held;
}

function mapViolations(path: string, text: string): readonly string[] {
  const { sources = [], sourcesContent = [] } = JSON.parse(text) as {
    readonly sources?: readonly string[];
    readonly sourcesContent?: readonly (string | null)[];
  };
  const missing = sources.filter((_, index) => typeof sourcesContent[index] !== "string");
  // The map of a declaration leads to the sources that are packed beside it.
  if (path.endsWith(".d.ts.map") || missing.length === 0) return [];
  return [`has a source map without its sources: ${path}`];
}
