import { rfc } from "../scenarios/scenario.ts";
import { type Check, errorOf, NotOffered, pause, unlessError } from "./check.ts";
import { TOKEN_CHECKS } from "./token-checks.ts";

/** The longest life of a code that is waited for, in seconds. */
const LONGEST = 90;

/** What a client of the device flow may rely on. Each check has codes and tokens of its own. */
export const CHECKS: readonly Check[] = [
  {
    id: "names-its-endpoints",
    level: "MUST",
    clause: rfc(8628, "4"),
    title: "names itself and its device endpoint in its metadata",
    async run({ metadata, options: { issuer, endpoints } }) {
      if (endpoints) throw new NotOffered("endpoints were given instead of metadata");
      const { status, json } = await metadata();
      if (status !== 200) return `the metadata was answered ${status}`;
      if (json["issuer"] !== issuer) return `the metadata is of ${JSON.stringify(json["issuer"])}`;
      return typeof json["device_authorization_endpoint"] === "string"
        ? undefined
        : "there is no device endpoint";
    },
  },
  {
    id: "answers-the-device-request",
    level: "MUST",
    clause: rfc(8628, "3.2"),
    title: "answers a device request with codes, address and lifetime",
    async run(client) {
      const { verificationUri, expiresIn, interval } = await client.askForCode();
      if (!URL.canParse(verificationUri)) return `verification_uri is ${JSON.stringify(verificationUri)}`;
      if (!(expiresIn > 0)) return "expires_in is no positive number";
      return interval >= 0 ? undefined : "interval is no number";
    },
  },
  {
    id: "issues-different-codes",
    level: "BEYOND",
    clause: rfc(8628, "3.2"),
    title: "issues other codes at every request",
    async run(client) {
      const [one, other] = [await client.askForCode(), await client.askForCode()];
      if (one.deviceCode === other.deviceCode) return "two requests had the same device_code";
      return one.userCode === other.userCode ? "two requests had the same user_code" : undefined;
    },
  },
  {
    id: "issues-codes-that-can-be-typed",
    level: "SHOULD",
    clause: rfc(8628, "6.1"),
    title: "issues a short user code of plain letters or digits",
    async run(client) {
      const { userCode } = await client.askForCode();
      return /^[A-Za-z0-9 -]{4,20}$/.test(userCode)
        ? undefined
        : `a user code is ${JSON.stringify(userCode)}`;
    },
  },
  {
    id: "says-pending",
    level: "MUST",
    clause: rfc(8628, "3.5"),
    title: "answers authorization_pending until the person has decided",
    async run(client) {
      const code = await client.askForCode();
      await pause(code.interval);
      return unlessError(await client.poll(code), "authorization_pending");
    },
  },
  {
    id: "keeps-its-interval",
    level: "MUST",
    clause: rfc(8628, "3.5"),
    title: "does not say slow_down to a client that waits its interval",
    async run(client) {
      const code = await client.askForCode();
      for (let polls = 0; polls < 3; polls += 1) {
        await pause(code.interval);
        const wrong = unlessError(await client.poll(code), "authorization_pending");
        if (wrong !== undefined) return `poll ${polls + 1}: ${wrong}`;
      }
      return undefined;
    },
  },
  {
    id: "keeps-the-interval-of-slow-down",
    level: "BEYOND",
    clause: rfc(8628, "3.5"),
    title: "accepts a poll that comes 5 seconds later after slow_down",
    async run(client) {
      const code = await client.askForCode();
      await pause(code.interval);
      await client.poll(code);
      const early = await client.poll(code);
      if (early.json["error"] !== "slow_down") {
        throw new NotOffered(`it answers early polls ${errorOf(early)}, never slow_down`);
      }
      await pause(Number(early.json["interval"] ?? code.interval + 5));
      return unlessError(await client.poll(code), "authorization_pending");
    },
  },
  {
    id: "refuses-an-unknown-code",
    level: "MUST",
    clause: rfc(6749, "5.2"),
    title: "refuses a device code that it has not issued",
    async run(client) {
      const code = await client.askForCode();
      const answer = await client.poll({ ...code, deviceCode: `${code.deviceCode.slice(0, -4)}AAAA` });
      return unlessError(answer, "invalid_grant", "expired_token", "invalid_request");
    },
  },
  {
    id: "refuses-another-client",
    level: "MUST",
    clause: rfc(6749, "5.2"),
    title: "refuses a device code of another client",
    async run(client) {
      const code = await client.askForCode();
      await pause(code.interval);
      const answer = await client.poll(code, { client_id: "no-such-client" });
      const isRefused = answer.status >= 400 && typeof answer.json["error"] === "string";
      const isPending = answer.json["error"] === "authorization_pending";
      return isRefused && !isPending ? undefined : `it answered ${errorOf(answer)}`;
    },
  },
  {
    id: "tells-a-denial",
    level: "MUST",
    clause: rfc(8628, "3.5"),
    title: "answers access_denied when the person has denied",
    async run(client) {
      const { deny } = client.options;
      if (!deny) throw new NotOffered("give --deny, a command that denies USER_CODE");
      const code = await client.askForCode();
      await deny(code);
      await pause(code.interval);
      return unlessError(await client.poll(code), "access_denied");
    },
  },
  {
    id: "tells-the-end-of-a-code",
    level: "MUST",
    clause: rfc(8628, "3.5"),
    title: "answers expired_token when a code has run out",
    async run(client) {
      const code = await client.askForCode();
      if (code.expiresIn > LONGEST) throw new NotOffered(`its codes live for ${code.expiresIn} s`);
      await pause(code.expiresIn + 1);
      return unlessError(await client.poll(code), "expired_token");
    },
  },
  ...TOKEN_CHECKS,
];
