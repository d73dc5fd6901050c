/** An invalid command line or input, for one line on stderr and exit code 2. */
export class UsageError extends Error {}

export const HELP = `Tests a client of the OAuth device flow (RFC 8628) against a strict server on loopback.

Usage: tokenflow-conformance client --command <command> [options]
       tokenflow-conformance server --issuer <url> --client-id <id> [options]
       tokenflow-conformance scenarios [--json]

client
  --command <command>           signs in without a question: prints the token as its last line, and exits with 0;
                                exits with another code if it brings none
  --token-command <command>     prints a live token of the stored session
  --request-command <command>   calls API_URL with the token; exits with 0 if it was answered 200
  --callers-command <command>   has 16 callers ask for a token at once in one process; prints 16 lines
  --sign-out-command <command>  signs out
  --scenario <name>             a scenario, a group or a level (waiting, MUST); may be repeated
  --expected-failures <file>    scenarios that may fail, one on a line; # begins a comment
  --report <format>[=<file>]    text, html, json, junit or md; may be repeated. Default: text
  --name <name>                 the client's name in reports. Default: the command
  --concurrency <number>        scenarios at the same time. Default: 12
  --quiet                       no line for each scenario on stderr

server: checks what a client may rely on, against a test instance of your server
  --issuer <url>                its metadata names the endpoints. Or: --device-endpoint, --token-endpoint,
                                --revocation-endpoint
  --client-id <id>              a client that may use the device flow; --scope
  --client-secret <secret>      of a confidential client
  --client-auth basic|post      how the secret is sent. Default: basic if the metadata lists it, else post
  --approve <command>           approves USER_CODE at VERIFICATION_URI as a person would; --deny denies it
  --report text|json            default: text

Commands of a client run in a shell, with ISSUER, DEVICE_AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, REVOCATION_ENDPOINT, API_URL,
CLIENT_ID, SCOPE and an empty HOME of their own. A command that is not given is not offered, which is no failure.

Exit codes: 0 all passed or failed as expected, 1 a scenario failed, 2 the command line or a file is wrong, or the
command cannot be started.
`;
