import {
  clientSecretVariable,
  loadOAuthServices,
  OAUTH,
  type OAuthDeclaration,
  UsageError,
} from "@tokenflow/common";

type Services = Awaited<ReturnType<typeof loadOAuthServices>>;

/** A service that is known by name, and that name. */
export interface KnownService {
  readonly key: string;
  readonly service: Services[string];
}

/**
 * Returns the service that a sign-in means: the one of `--service`, else the one of that name unless the command line
 * describes a server of its own.
 * @throws UsageError for an unknown service, and for a service and an issuer together
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
  const services = await loadOAuthServices();
  const key = service ?? id;
  const found = Object.hasOwn(services, key) ? services[key] : undefined;
  if (found) return { key, service: found };
  if (service === undefined) return undefined;
  throw new UsageError(`no service is known as "${service}"`, "Run: tokenflow providers");
}

interface Person {
  /** Asks at the terminal. Returns `undefined` if nobody is there. */
  ask(question: string): Promise<string | undefined>;
  readonly hasSecret: boolean;
}

/**
 * Completes the declaration of a service. At a terminal it asks for what is missing.
 * @throws UsageError that says what the service needs, and where a client is registered
 */
export async function describeService(
  id: string,
  given: Partial<OAuthDeclaration>,
  { key, service }: KnownService,
  { ask, hasSecret }: Person,
): Promise<OAuthDeclaration> {
  const { name, clients, needs = [], variables: wanted = {} } = service;
  const where = `Register a client for your program: ${clients}`;
  const askFor = async (option: string, about: string): Promise<string> => {
    const answer = (await ask(`${about}: `))?.trim();
    if (answer) return answer;
    throw new UsageError(`login ${id} needs ${option}: ${about}`, where);
  };
  const clientId = given.clientId ?? (await askFor("--client-id", `${name}'s client id (${where})`));
  const variables: Record<string, string> = { ...given.variables };
  for (const [variable, { about, default: preset }] of Object.entries(wanted)) {
    if (variables[variable] !== undefined || preset !== undefined) continue;
    variables[variable] = await askFor(`--variable ${variable}=<value>`, about);
  }
  const audience =
    given.audience ??
    (needs.includes("audience") ? await askFor("--audience", "The API that tokens are for") : undefined);
  const resource =
    given.resource ??
    (needs.includes("resource") ? await askFor("--resource", "The API that tokens are for") : undefined);
  if (needs.includes("clientSecret") && !hasSecret) {
    throw new UsageError(
      `${name} wants the client's secret`,
      `Give it with --client-secret-stdin, or set ${clientSecretVariable(id)}.`,
    );
  }
  return {
    ...given,
    service: key,
    clientId,
    ...(Object.keys(variables).length > 0 ? { variables } : {}),
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
  };
}
