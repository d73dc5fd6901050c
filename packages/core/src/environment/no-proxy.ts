/** Tells whether a host is reached without a proxy. `hostname` is that of a URL, and `port` its number. */
type Exemption = (hostname: string, port: number) => boolean;

/**
 * Reads `NO_PROXY` as curl does, and what others have added: hosts with their subdomains, with or without a leading
 * dot; `*.example.com` for subdomains alone; ports; addresses, ranges such as `10.0.0.0/8` and `10.0.0.1-10.0.0.9`;
 * and `*` for every host.
 */
export function readNoProxy(list: string): Exemption {
  const exemptions = list.split(/[\s,]+/).flatMap((entry) => (entry ? [readEntry(entry)] : []));
  return (hostname, port) => exemptions.some((exempts) => exempts(hostname, port));
}

function readEntry(entry: string): Exemption {
  const range = readRange(entry);
  if (range) {
    return (hostname) => {
      const address = readAddress(hostname);
      return address !== undefined && range.first <= address && address <= range.last;
    };
  }
  // A bare IPv6 address has several colons and no port.
  const [, host = "", digits] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
  const exempts = readHost(host);
  return digits === undefined
    ? exempts
    : (hostname, port) => port === Number(digits) && exempts(hostname, port);
}

function readHost(host: string): Exemption {
  if (host === "*") return () => true;
  const address = readAddress(host);
  if (address !== undefined) return (hostname) => readAddress(hostname) === address;
  const [, wildcard, rest = ""] = /^(\*)?\.?(.*)$/.exec(host) ?? [];
  const name = withoutDot(/[/?#@]/.test(rest) ? "" : (URL.parse(`http://${rest}`)?.hostname ?? ""));
  if (name === "") return () => false;
  return (hostname) => {
    const asked = withoutDot(hostname);
    return (asked === name && wildcard === undefined) || asked.endsWith(`.${name}`);
  };
}

interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

function readRange(entry: string): Range | undefined {
  const [, network = "", bits] = /^\[?([\d.]{7,}|[\da-f:.]*:[\da-f:.]*)\]?\/(\d{1,3})$/i.exec(entry) ?? [];
  const base = readAddress(network);
  if (base !== undefined) {
    const length = Number(bits) + (network.includes(":") ? 0 : 96);
    if (length > 128) return undefined;
    const size = 1n << BigInt(128 - length);
    const first = (base / size) * size;
    return { first, last: first + size - 1n };
  }
  const [, from = "", to = ""] = /^([\d.]{7,})-([\d.]{7,})$/.exec(entry) ?? [];
  const [first, last] = [readAddress(from), readAddress(to)];
  return first === undefined || last === undefined ? undefined : { first, last };
}

const MAPPED = 0xffffn << 32n;

/** Reads an address as the number of its IPv6 form, in which each IPv4 address has one too (RFC 4291 §2.5.5.2). */
function readAddress(host: string): bigint | undefined {
  // `10` alone would be the address 0.0.0.10.
  if (!/[.:]/.test(host)) return undefined;
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const hostname = URL.parse(`http://${bracketed}`)?.hostname ?? "";
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) {
    return hostname.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n) + MAPPED;
  }
  if (!hostname.startsWith("[")) return undefined;
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split("::")
    .map((half) => half.split(":").filter((group) => group !== ""));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  return groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, "");
}
