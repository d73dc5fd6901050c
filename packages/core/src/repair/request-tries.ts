import type { Refusal } from "../contracts/upstream.ts";
import { describePart, type LearnedRefusals, type RefusedPart } from "./learned-refusals.ts";
import { type EditableBody, refusedParts, removeParts, type SentRequest } from "./refused-parts.ts";

/** The parts of a request that an upstream turned out to refuse. */
export interface LearnedParts {
  readonly host: string;
  /** The model of the request. Other models of the host may accept the same parts. */
  readonly model: string | undefined;
  /** Names for people. @example ["anthropic-beta: context-1m-2025-08-07", "tools.*.strict"] */
  readonly parts: readonly string[];
}

export interface RequestTriesOptions<Body> {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  /** The upstream that the request goes to. */
  readonly host: string;
  /** The model that the body names. */
  readonly model: string | undefined;
  readonly learned: LearnedRefusals;
  /** Returns the upstream's name of a model that it does not know by this one. @default no other name is tried */
  readonly findName?: ((model: string) => Promise<string | undefined>) | undefined;
  /** Called once for each part, when a request was accepted without it. */
  readonly onLearned: (learned: LearnedParts) => void;
}

/** The tries of one request, each without what the one before was refused for. */
export interface RequestTries<Body> {
  /** Returns the request as it is sent now. */
  sent(): SentRequest<Body>;
  /**
   * Takes away what a refusal names. Returns true if `sent` has changed and is to be sent once more; false if the
   * refusal names nothing that can be taken away, or if it was the last try.
   */
  refused(refusal: Refusal): Promise<boolean>;
  /** Remembers what was taken away. Call it when the upstream has accepted the request. */
  accepted(): void;
}

/** How often a request is sent in all while each refusal names something new. Another name of the model does not count. */
const MAX_TRIES = 4;

/** Returns the tries of one request; a promise only if something is known to be refused. */
export function createRequestTries<Body extends EditableBody<Body>>(
  options: RequestTriesOptions<Body>,
): RequestTries<Body> | Promise<RequestTries<Body>> {
  const { headers, body, host, model, learned } = options;
  const name = model === undefined ? undefined : learned.nameOf(host, model);
  const known = learned.of(host, name);
  if (known.length === 0 && name === model) return triesOf(options, { headers, body, without: [] }, name);
  return removeParts({ headers, body }, known, name === model ? undefined : name).then((sent) =>
    triesOf(options, sent, name),
  );
}

function triesOf<Body extends EditableBody<Body>>(
  { headers, body, host, model, learned, findName, onLearned }: RequestTriesOptions<Body>,
  first: SentRequest<Body>,
  firstName: string | undefined,
): RequestTries<Body> {
  let sent = first;
  let name = firstName;
  let hasOtherName = false;
  let tries = 1;
  /** Found in this request. */
  let found: readonly RefusedPart[] = [];

  /** Returns false if there is no other name. */
  const rename = async (): Promise<boolean> => {
    const other = name === undefined ? undefined : await findName?.(name);
    if (other === undefined || other === name) return false;
    name = other;
    hasOtherName = true;
    return true;
  };
  return {
    sent: () => sent,
    async refused(refusal) {
      const parts = tries === MAX_TRIES ? [] : await refusedParts(refusal, sent);
      const isRenamed = refusal.isModelUnknown === true && !hasOtherName && (await rename());
      if (parts.length === 0 && !isRenamed) return false;
      if (parts.length > 0) tries += 1;
      found = [...found, ...parts];
      const gone = [...sent.without, ...parts, ...(isRenamed ? learned.of(host, name) : [])];
      sent = await removeParts({ headers, body }, gone, name === model ? undefined : name);
      return true;
    },
    accepted() {
      // A sentence may repeat the caller's words. Only what has helped is remembered for others.
      if (name !== undefined && model !== undefined && name !== model) learned.rename(host, model, name);
      const parts = found.length === 0 ? [] : learned.add(host, name, found);
      found = [];
      if (parts.length > 0) onLearned({ host, model: name, parts: parts.map(describePart) });
    },
  };
}
