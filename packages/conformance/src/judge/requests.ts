import type { Endpoint } from "../service/exchange.ts";
import type { Expectation } from "./expectation.ts";

/** Expects a parameter to have this value in every request to the endpoint. */
export function sends(kind: Endpoint, name: string, value: string): Expectation {
  return {
    text: `sends ${name} ${JSON.stringify(value)} to the ${kind} endpoint`,
    judge({ exchanges }) {
      const all = exchanges.filter((exchange) => exchange.kind === kind);
      if (all.length === 0) return "it sent no such request";
      const other = all.find(({ fields }) => fields[name] !== value);
      return other ? `it sent ${JSON.stringify(other.fields[name] ?? null)}` : undefined;
    },
  };
}

/** Expects the device request to ask for at least this scope. */
export function asksForScope(scope: string): Expectation {
  return {
    text: `asks for the scope ${JSON.stringify(scope)}`,
    judge({ exchanges }) {
      const sent = exchanges.find(({ kind }) => kind === "device_code")?.fields["scope"] ?? "";
      const missing = scope.split(" ").find((name) => !sent.split(" ").includes(name));
      return missing === undefined ? undefined : `it asked for ${JSON.stringify(sent)}`;
    },
  };
}

/** Expects every request to an OAuth endpoint to have the form of RFC 6749. */
export const sendsProperForms: Expectation = {
  text: "sends well-formed requests: POST, a form in the body, every parameter once",
  judge({ exchanges }) {
    const wrong = exchanges.find(({ complaint }) => complaint !== undefined);
    if (wrong) return `it sent ${wrong.complaint ?? ""} (${wrong.kind})`;
    const secret = exchanges.find(({ query }) => Object.values(query).some((value) => value.startsWith("‹")));
    return secret ? `a secret was in the address of a request (${secret.kind})` : undefined;
  },
};

/** Expects the number of refresh requests to be in this range. */
export function refreshes(atLeast: number, atMost: number = atLeast): Expectation {
  const range = atLeast === atMost ? `${atLeast === 0 ? "no" : atLeast}` : `${atLeast} to ${atMost}`;
  return {
    text: `sends ${range} refresh ${range === "1" ? "request" : "requests"}`,
    judge({ exchanges }) {
      const { length } = exchanges.filter(({ kind }) => kind === "refresh");
      return length >= atLeast && length <= atMost ? undefined : `it sent ${length}`;
    },
  };
}

/** Expects no refresh token to be sent after it was spent. */
export const reusesNoRefreshToken: Expectation = {
  text: "never sends a refresh token that was replaced",
  judge({ exchanges }) {
    const reused = exchanges.find(({ kind, outcome }) => kind === "refresh" && outcome === "reused");
    return reused ? `it sent the ${reused.fields["refresh_token"] ?? "old one"} again` : undefined;
  },
};

/** Expects no request of this kind at all. */
export function never(kind: Endpoint, text: string): Expectation {
  return {
    text,
    judge({ exchanges }) {
      const { length } = exchanges.filter((exchange) => exchange.kind === kind);
      return length === 0 ? undefined : `${length} such ${length === 1 ? "request" : "requests"} came`;
    },
  };
}

/** Expects a token to be revoked. */
export const revokes: Expectation = {
  text: "revokes a token at the revocation endpoint",
  judge({ exchanges }) {
    const all = exchanges.filter(({ kind }) => kind === "revocation");
    if (all.length === 0) return "no revocation request came";
    return all.some(({ outcome }) => outcome === "revoked")
      ? undefined
      : `it was answered ${all[0]?.outcome ?? ""}`;
  },
};

/** Expects the client to stop reading an answer before it has taken so many bytes. */
export function readsLessThan(mebibytes: number): Expectation {
  return {
    text: `reads less than ${mebibytes} MiB of an answer`,
    judge({ exchanges }) {
      const most = Math.max(...exchanges.map(({ bytes }) => bytes));
      return most < mebibytes * 2 ** 20 ? undefined : `it took ${Math.round(most / 2 ** 20)} MiB`;
    },
  };
}
