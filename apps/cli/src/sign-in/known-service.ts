import {
  clientSecretVariable,
  loadOAuthServices,
  OAUTH,
  type OAuthDeclaration,
  UsageError,
} from "@tokenflow/common";

type Services = Awaited<ReturnType<typeof loadOAuthServices>>["oauthServices"];

/** A service that is known by name, and that name. */
export interface KnownService {
  readonly key: string;
  readonly service: Services[string];
}

/**
 * Returns the service that a sign-in means: the one of `--service`, else the one of that name unless the command line
 * describes a server of its own.
 * @throws UsageError for an unknown service, one without the device flow, and for a service and an issuer together
 */
export async function findService(
  id: string,
  { service, issuer, endpoints }: Partial<OAuthDeclaration>,
): Promise<KnownService | undefined> {
  if (service === undefined && (id === OAUTH || issuer !== undefined || endpoints?.token !== undefined)) {
    return undefined;
  }
  if (issuer !== undefined || endpoints?.token !== undefined) {
    throw new UsageError(
      `--service and ${issuer === undefined ? "--endpoint token" : "--issuer"} name two servers`,
      "Leave out one of the two. The address of a service that you host is given by --variable url=…",
    );
  }
  const { oauthServices, servicesWithoutDeviceFlow: absent } = await loadOAuthServices();
  const key = service ?? id;
  const found = Object.hasOwn(oauthServices, key) ? oauthServices[key] : undefined;
  if (found) return { key, service: found };
  if (Object.hasOwn(absent, key)) {
    throw new UsageError(
      `${key} has no device flow: nobody can sign in to it with a code`,
      `If it has a sign-in in the browser, describe it: tokenflow login ${id} --issuer <url> --client-id <id> --browser. Its manual: ${absent[key]}`,
    );
  }
  if (service === undefined) return undefined;
  throw new UsageError(`no service is known as "${service}"`, "Run: tokenflow providers");
}

interface Person {
  /** Asks at the terminal. Returns `undefined` if nobody is there. */
  ask(question: string): Promise<string | undefined>;
  say(line: string): void;
  /** True if somebody can be asked. */
  readonly isThere: boolean;
  readonly hasSecret: boolean;
}

/** A value that a service needs and that nobody has given. */
interface Missing {
  /** @example "--variable realm=<value>" */
  readonly option: string;
  readonly about: string;
  /** Puts the answer where it belongs. Absent for a secret, which is not asked for in the open. */
  readonly put?: (
    value: string,
    members: Partial<Record<"clientId" | "audience" | "resource", string>>,
    variables: Record<string, string>,
  ) => void;
}

/**
 * Completes the declaration of a service. At a terminal it asks for what is missing.
 * @throws UsageError that names all that the service needs, and where a client is registered
 */
export async function describeService(
  id: string,
  given: Partial<OAuthDeclaration>,
  { key, service }: KnownService,
  { ask, say, isThere, hasSecret }: Person,
): Promise<OAuthDeclaration> {
  const { name, clients, noClients, note, variables: wanted = {} } = service;
  const other = Object.keys(given.variables ?? {}).find((variable) => !Object.hasOwn(wanted, variable));
  if (other !== undefined) {
    const known = Object.keys(wanted);
    throw new UsageError(
      `${name} has no variable "${other}"`,
      known.length === 0 ? "It has none." : `It has: ${known.join(", ")}.`,
    );
  }
  if (given.clientId === undefined && noClients !== undefined) {
    throw new UsageError(`login ${id} needs --client-id: ${noClients}`, `See: ${clients}`);
  }
  const missing = findMissing(id, given, service, hasSecret);
  const where = given.clientId === undefined ? `Register a client for your program: ${clients}` : "";
  const fail = (lacking: readonly Missing[]): UsageError => {
    const abouts = lacking.map(({ option, about }) => `${option}: ${about}.`);
    const options = lacking.map(({ option }) => option).join(", ");
    return new UsageError(`login ${id} needs ${options}`, [...abouts, where].join(" ").trim());
  };
  if (missing.length > 0 && (!isThere || missing.some(({ put }) => !put))) throw fail(missing);
  if (missing.length > 1) say(`${name} needs ${missing.map(({ option }) => option).join(", ")}.`);
  for (const line of [where, note]) if (line) say(line);
  const members: Partial<Record<"clientId" | "audience" | "resource", string>> = {};
  const variables = { ...given.variables };
  for (const [index, { about, put }] of missing.entries()) {
    const answer = (await ask(`${about}: `))?.trim();
    if (!answer) throw fail(missing.slice(index));
    put?.(answer, members, variables);
  }
  const { clientId = "", ...rest } = { ...given, ...members };
  const all = Object.keys(variables).length > 0 ? { variables } : {};
  return { ...rest, ...all, service: key, clientId };
}

interface Wanted extends Missing {
  readonly isGiven: boolean;
}

/** Returns all that a service needs and that nobody has given. */
function findMissing(
  id: string,
  given: Partial<OAuthDeclaration>,
  { name, needs = [], variables: wanted = {} }: KnownService["service"],
  hasSecret: boolean,
): readonly Missing[] {
  const all: readonly Wanted[] = [
    {
      option: "--client-id <id>",
      about: `${name}'s client id`,
      put: (value, members) => void (members.clientId = value),
      isGiven: given.clientId !== undefined,
    },
    ...Object.entries(wanted).map(
      ([variable, { about, default: preset }]): Wanted => ({
        option: variable === "tenant" ? "--tenant <id>" : `--variable ${variable}=<value>`,
        about,
        put: (value, _, variables) => void (variables[variable] = value),
        isGiven: given.variables?.[variable] !== undefined || preset !== undefined,
      }),
    ),
    {
      option: "--audience <url>",
      about: "The API that tokens are for",
      put: (value, members) => void (members.audience = value),
      isGiven: given.audience !== undefined || !needs.includes("audience"),
    },
    {
      option: "--resource <url>",
      about: "The API that tokens are for",
      put: (value, members) => void (members.resource = value),
      isGiven: given.resource !== undefined || !needs.includes("resource"),
    },
    {
      option: "--client-secret-stdin",
      about: `The client's secret, also in ${clientSecretVariable(id)}`,
      isGiven: hasSecret || !needs.includes("clientSecret"),
    },
  ];
  return all.filter(({ isGiven }) => !isGiven);
}
