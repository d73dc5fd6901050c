/**
 * A separate process that attacks a proxy while its parent says so: bombs, header storms and guesses of keys, each in
 * turn. A bomb carries a right key, since a proxy reads no body without one. Sends its parent what was answered.
 */
import { Agent, request } from "node:http";
import { brotliCompressSync, gzipSync } from "node:zlib";

const [url = "", key = "", perSecond = "10"] = process.argv.slice(2);
const MIB = 1024 * 1024;

interface Shot {
  readonly kind: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** The answers that stop it. */
  readonly stopped: readonly number[];
}

const brackets = Buffer.alloc(15 * MIB, "[");
const list = Buffer.from(`{"model":"m","a":[${"0,".repeat(7 * MIB)}0]}`);
const storm = Object.fromEntries(
  Array.from({ length: 1_000 }, (_, index) => [`x-storm-${index}`, "y".repeat(15)]),
);
const right = { authorization: `Bearer ${key}` };

const shots: readonly Shot[] = [
  { kind: "deep JSON", headers: right, body: Buffer.alloc(MIB, "["), stopped: [400] },
  {
    kind: "brackets in gzip",
    headers: { ...right, "content-encoding": "gzip" },
    body: gzipSync(brackets),
    stopped: [400],
  },
  {
    kind: "a list in gzip",
    headers: { ...right, "content-encoding": "gzip" },
    body: gzipSync(list),
    stopped: [413],
  },
  {
    kind: "spaces in brotli",
    headers: { ...right, "content-encoding": "br" },
    body: brotliCompressSync(Buffer.alloc(40 * MIB, " ")),
    stopped: [413],
  },
  { kind: "header storm", headers: { ...right, ...storm }, body: "{}", stopped: [431] },
  {
    kind: "guessed key",
    headers: { authorization: "Bearer guess-0123456789" },
    body: "{}",
    stopped: [401, 429],
  },
];

/** Each attack has a connection of its own. */
const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
const counts = { sent: 0, stopped: 0, broken: 0, unexpected: {} as Record<string, number> };

function shoot({ kind, headers, body, stopped }: Shot): void {
  counts.sent += 1;
  const options = { method: "POST", agent, headers: { ...headers, "content-type": "application/json" } };
  const call = request(`${url}/v1/chat/completions`, options, (answer) => {
    const { statusCode = 0 } = answer;
    if (stopped.includes(statusCode)) counts.stopped += 1;
    else counts.unexpected[`${kind}: ${statusCode}`] = (counts.unexpected[`${kind}: ${statusCode}`] ?? 0) + 1;
    answer.on("error", () => undefined).resume();
  });
  // A refusal may close the connection while the body is being sent.
  call.on("error", () => (counts.broken += 1));
  call.end(body);
}

let turn = 0;
let timer: NodeJS.Timeout | undefined;
process.on("message", (message) => {
  clearInterval(timer);
  if (message === "report") process.send?.(counts);
  if (message !== "attack") return;
  timer = setInterval(() => {
    const shot = shots[turn++ % shots.length];
    if (shot) shoot(shot);
  }, 1_000 / Number(perSecond));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
