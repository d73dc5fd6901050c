import type { Evidence, Run, Sighting } from "../judge/evidence.ts";
import { endingOf } from "../judge/expectation.ts";
import { lastWords } from "../judge/outcomes.ts";
import type { Need, RunStep, Scenario, Step } from "../scenarios/scenario.ts";
import { createOAuthService, type OAuthService, type ServiceFault } from "../service/oauth-service.ts";
import type { Client, ClientSession } from "./client.ts";

/** An expectation that was not met. */
export interface Finding {
  /** Completes "The client …". */
  readonly expected: string;
  readonly observed: string;
}

/** The result of one scenario. */
export interface Result {
  readonly scenario: Scenario;
  readonly status: "passed" | "failed" | "not offered";
  readonly findings: readonly Finding[];
  /** What the client does not offer, and how it would. */
  readonly missing?: { readonly need?: Need; readonly advice: string } | undefined;
  /** Everything that was observed, with secrets replaced by their labels. */
  readonly evidence?: Evidence | undefined;
  /** In ms. */
  readonly took: number;
}

const DEFAULT_STEPS: readonly Step[] = [{ do: "signIn" }];
const DEFAULT_LIMIT = 30_000;

/** Runs one scenario with a server of its own, and judges what was observed. */
export async function runScenario(scenario: Scenario, client: Client): Promise<Result> {
  const missing = scenario.needs?.find((need) => !client.offers.has(need));
  if (missing !== undefined) {
    const advice = client.explain(missing);
    return { scenario, status: "not offered", findings: [], missing: { need: missing, advice }, took: 0 };
  }
  const startedAt = performance.now();
  const service = createOAuthService(scenario.server);
  await using session = await client.open(service);
  for (const fault of scenario.faults ?? []) service.fault(withOrigin(fault, service.origin));
  const observed = await play(scenario, service, session);
  const evidence: Evidence = {
    exchanges: [...service.journal.entries],
    runs: observed.runs,
    secrets: service.secrets.issued,
    userCodes: service.userCodes,
    origin: service.origin,
    files: observed.files,
    filesAtEnd: observed.filesAtEnd,
    processes: session.processes,
  };
  const findings = judge(scenario, evidence);
  const without = findings.length === 0 ? scenario.subject?.(evidence) : undefined;
  return {
    scenario,
    status: without === undefined ? (findings.length === 0 ? "passed" : "failed") : "not offered",
    missing: without === undefined ? undefined : { advice: without },
    findings: findings.map(({ expected, observed: seen }) => ({
      expected,
      observed: service.secrets.hide(seen),
    })),
    evidence: hideSecrets(evidence, service),
    took: performance.now() - startedAt,
  };
}

async function play(
  { steps = DEFAULT_STEPS, limit = DEFAULT_LIMIT }: Scenario,
  service: OAuthService,
  session: ClientSession,
): Promise<Pick<Evidence, "runs" | "files" | "filesAtEnd">> {
  const runs: Run[] = [];
  const files: Sighting[] = [];
  let filesAtEnd: readonly Sighting[] = [];
  for (const step of steps) {
    if (step.do === "wait") await new Promise((resolve) => setTimeout(resolve, step.ms));
    else if (step.do === "server") changeServer(service, step);
    else if (step.do === "clearFaults") service.clearFaults();
    else if (step.do === "home") await session.setWritable(step.writable);
    else {
      const begun = Array.from({ length: step.atOnce ?? 1 }, () => session.run(step, limit));
      runs.push(...(await Promise.all(begun)));
      filesAtEnd = await session.files();
      files.push(...filesAtEnd);
      if (steps.length > 1 && isFailedSignIn(step, runs.at(-1))) break;
    }
  }
  return { runs, files, filesAtEnd };
}

function changeServer(service: OAuthService, { settings, fault }: Extract<Step, { do: "server" }>): void {
  Object.assign(service.settings, settings);
  if (fault) service.fault(withOrigin(fault, service.origin));
}

/** Fills the server's own address into the headers of a fault. */
function withOrigin(fault: ServiceFault, origin: string): ServiceFault {
  if (!fault.headers) return fault;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(fault.headers))
    headers[name] = value.replace("{origin}", origin);
  return { ...fault, headers };
}

function isFailedSignIn(step: RunStep, run: Run | undefined): boolean {
  return step.do === "signIn" && (run?.ending !== "exited" || run.exit !== 0);
}

function judge({ steps = DEFAULT_STEPS, expects }: Scenario, evidence: Evidence): readonly Finding[] {
  const signIn = evidence.runs.find(({ action }) => action === "signIn");
  if (steps.length > 1 && signIn && isFailedSignIn({ do: "signIn" }, signIn)) {
    return [{ expected: "signs in first", observed: `it ${endingOf(signIn)}${lastWords(signIn)}` }];
  }
  return expects.flatMap(({ text, judge: look }) => {
    const observed = look(evidence);
    return observed === undefined ? [] : [{ expected: text, observed }];
  });
}

/** Returns the evidence for a report: nothing in it opens anything. */
function hideSecrets(evidence: Evidence, { secrets }: OAuthService): Evidence {
  return {
    ...evidence,
    secrets: evidence.secrets.map((secret) => ({ ...secret, text: `‹${secret.label}›` })),
    runs: evidence.runs.map((run) => ({
      ...run,
      printed: run.printed.map((part) => ({ ...part, text: secrets.hide(part.text).slice(0, 20_000) })),
    })),
  };
}
