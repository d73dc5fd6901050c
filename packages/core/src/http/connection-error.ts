import { isTokenFlowError, systemCode, TokenFlowError } from "../base/errors.ts";
import { type CertificateValidity, type ConnectionFacts, causesOf } from "./connection-watch.ts";

/** The platforms' codes for a request that was certainly never sent. The last lines are undici's and Bun's. */
const NEVER_SENT = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_PRX_CONN",
  "UND_ERR_PRX_TLS",
  "ConnectionRefused",
  "FailedToOpenSocket",
]);

/** Node and Deno say by these words alone that there was no connection yet. */
const NOT_CONNECTED =
  /^Proxy response \(\d+\)|disconnected before secure TLS connection|client error \(Connect\)/;

/**
 * The TLS errors that answer a first message. Others, such as a wanted client certificate in TLS 1.3, may come after the
 * request was sent.
 */
const NO_HANDSHAKE =
  /WRONG_VERSION|UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|HANDSHAKE_FAILURE|UNRECOGNIZED_NAME/;

/** The errors about the server's certificate. An alert is the server's, about ours. */
const CERTIFICATE = /^(?!.*_ALERT_).*(?:CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS)/;

/** Says what is wrong, and what to do. */
type Explanation = readonly [message: string, hint: string];

const TRY_AGAIN = "Check the network, then try again.";

/** The words of undici for a CONNECT that was refused. */
const REFUSED_TUNNEL = /^Proxy response \((\d{3})\)/;

/** The proxies' statuses that people can do something about. */
const REFUSALS: Readonly<Record<string, Explanation>> = {
  403: ["does not allow", "Ask the people who run the proxy to allow this host."],
  407: ["wants a user name and a password for", "Put both into its address, as user:password@host:port."],
};

/**
 * Returns the error for a failed connection: the platform's code, what is to blame, and what to do. Everything else in
 * the platform's error is dropped, since it may hold a secret. An error of ours that a `fetch` threw is returned.
 * @param facts what is known about the connection
 */
export function connectionError(error: unknown, host: string, facts: ConnectionFacts = {}): TokenFlowError {
  const causes = causesOf(error);
  const ours = causes.find((cause) => isTokenFlowError(cause));
  if (ours) return ours;
  const failure = causes.find(isCertificateError) ?? causes.find((cause) => systemCode(cause) !== undefined);
  const code = systemCode(failure) ?? "";
  const syscall = failure && "syscall" in failure ? failure.syscall : undefined;
  const neverSent =
    CERTIFICATE.test(code) ||
    NO_HANDSHAKE.test(code) ||
    causes.some(({ message }) => NOT_CONNECTED.test(message)) ||
    // A network that becomes unreachable also ends open connections, which have sent something.
    (NEVER_SENT.has(code) && syscall !== "read" && syscall !== "write");
  const [message, hint] = refusedTunnel(causes, host, facts) ?? explain(code, host, facts, failure);
  return new TokenFlowError("provider.unavailable", message, {
    hint,
    grantUnused: (facts.neverSent ?? neverSent) || undefined,
  });
}

/** Returns true if a certificate was refused for its dates. */
export function isAboutDates(error: unknown): boolean {
  return causesOf(error).some((cause) =>
    /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/.test(systemCode(cause) ?? ""),
  );
}

function isCertificateError(error: Error): boolean {
  return CERTIFICATE.test(systemCode(error) ?? "");
}

/** Explains the network's proxy that answered a CONNECT with anything but a tunnel. */
function refusedTunnel(
  causes: readonly Error[],
  host: string,
  { proxy }: ConnectionFacts,
): Explanation | undefined {
  const [, status] = causes.map(({ message }) => REFUSED_TUNNEL.exec(message)).find(Boolean) ?? [];
  if (status === undefined) return undefined;
  const [what, hint] = REFUSALS[status] ?? ["did not connect to", TRY_AGAIN];
  return [
    `The ${proxy === undefined ? "network's proxy" : `proxy ${proxy}`} ${what} ${host} (${status})`,
    hint,
  ];
}

function explain(
  code: string,
  host: string,
  { proxy, validity }: ConnectionFacts,
  failure: Error | undefined,
): Explanation {
  const suffix = code ? ` (${code})` : "";
  const server = proxy === undefined ? host : `${host} through the proxy ${proxy}`;
  // Behind a tunnel only the proxy itself is looked up and connected to.
  const isProxySilent = proxy !== undefined && NEVER_SENT.has(code) && code !== "UND_ERR_CONNECT_TIMEOUT";
  if (isAboutDates(failure)) {
    return [
      `The certificate of ${server} ${validityWords(code, validity)}${suffix}`,
      `This machine's clock says ${new Date().toISOString().slice(0, 16)}Z. If that is wrong, set the clock.`,
    ];
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return [
      `The certificate of ${server} is for ${namesOf(failure)}${suffix}`,
      "Check the address. A proxy or a sign-in page of the network may have answered.",
    ];
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER") {
    return [`${server} did not answer in TLS${suffix}`, "Check the port: it may be one for http."];
  }
  return [
    `No answer from ${isProxySilent ? `the proxy ${proxy}` : server}${suffix}`,
    CERTIFICATE.test(code)
      ? "The certificate is not trusted. Set NODE_EXTRA_CA_CERTS to a file with your organization's certificates."
      : TRY_AGAIN,
  ];
}

function validityWords(code: string, validity: CertificateValidity | undefined): string {
  const isOver = code === "CERT_HAS_EXPIRED";
  const moment = Date.parse((isOver ? validity?.valid_to : validity?.valid_from) ?? "");
  // The error may be about a certificate further up, whose dates are not known.
  const isExplained = isOver ? moment <= Date.now() : moment > Date.now();
  const day = isExplained ? new Date(moment).toISOString().slice(0, 10) : undefined;
  if (isOver) return day === undefined ? "has expired" : `expired on ${day}`;
  return day === undefined ? "is not valid yet" : `is not valid before ${day}`;
}

/** Returns the names in a certificate, as far as they can be shown. */
function namesOf(failure: Error | undefined): string {
  const { cert } = (failure ?? {}) as { readonly cert?: { readonly subjectaltname?: unknown } };
  const names = String(cert?.subjectaltname).matchAll(/(?<=DNS:|IP Address:)[\w.*:-]{1,80}(?=,|$)/g);
  return [...names].slice(0, 3).join(", ") || "another name";
}
