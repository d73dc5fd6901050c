import { inspect } from "node:util";
import { outboundProxies } from "@tokenflow/core/environment";
import { PROXY_AUTHORIZATION, type WayOutCase, wayOutCases } from "@tokenflow/services";
import { describe, expect, test } from "vitest";

const PROXY = "proxy.test:3128";

/** Returns the way as the tables write it. */
function wayOf({ env, url }: Pick<WayOutCase, "env" | "url">): unknown {
  const proxies = outboundProxies(env);
  try {
    const proxy = proxies?.proxyFor(url);
    if (!proxy) return "direct";
    expect(proxy).toMatchObject({ url: `http://${PROXY}`, host: PROXY });
    return "proxy";
  } catch (error) {
    expect(error).toMatchObject({ code: "provider.misconfigured", grantUnused: true });
    expect(inspect(error)).not.toMatch(/se.?cret/);
    return { error: /^\w+/.exec((error as Error).message)?.[0] };
  }
}

test.each(wayOutCases(PROXY, 1234))("$env to $url: $way", ({ env, url, way }) => {
  expect(wayOf({ env, url })).toEqual(way);
});

test.each([
  "http://localhost./",
  "http://app.localhost/",
  "http://127.255.255.254/",
  "http://0177.0.0.1/",
  "http://[::1]/",
  "http://[0:0:0:0:0:0:0:1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::ffff:7f00:1]/",
  "https://127.0.0.1/",
])("%s is this machine, and needs no proxy", (url) => {
  expect(wayOf({ env: { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY }, url })).toBe("direct");
});

describe("NO_PROXY", () => {
  const cases: readonly (readonly [entry: string, direct: readonly string[], proxy: readonly string[]])[] = [
    [
      "10.0.0.0/8",
      ["10.0.0.1", "10.255.255.255", "[::ffff:10.1.2.3]"],
      ["11.0.0.0", "a10.0.0.1.test", "[::a00:1]"],
    ],
    ["192.168.7.9/16", ["192.168.0.0", "192.168.255.255"], ["192.167.255.255", "192.169.0.0"]],
    ["0.0.0.0/0", ["10.0.0.1"], ["a.test", "[2001:db8::1]"]],
    ["2001:db8::/32", ["[2001:db8::1]", "[2001:db8:ffff::]"], ["[2001:db9::1]"]],
    ["[fd00::]/8", ["[fd12:3456::1]"], ["[fe80::1]"]],
    ["10.0.0.8-10.0.0.10", ["10.0.0.8", "10.0.0.10"], ["10.0.0.7", "10.0.0.11"]],
    ["10.0.0.1", ["10.0.0.1"], ["10.0.0.11", "110.0.0.1"]],
    ["10.0.0.1:443", ["10.0.0.1"], ["10.0.0.1:8443"]],
    ["2001:db8::1", ["[2001:db8::1]", "[2001:db8:0:0::1]"], ["[2001:db8::2]"]],
    ["[2001:db8::1]:8443", ["[2001:db8::1]:8443"], ["[2001:db8::1]"]],
    ["corp.test", ["corp.test", "a.corp.test", "a.b.corp.test."], ["acorp.test", "corp.test.org"]],
    [".corp.test", ["corp.test", "a.corp.test"], ["acorp.test"]],
    ["*.corp.test", ["a.corp.test"], ["corp.test"]],
    ["bücher.test", ["xn--bcher-kva.test"], ["bucher.test"]],
    ["corp.test/8 10.0.0.0/99 -, :: //", [], ["corp.test:1", "10.0.0.1", "a.test"]],
  ];
  test.each(cases)("%s", (entry, direct, proxied) => {
    const env = { HTTPS_PROXY: PROXY, NO_PROXY: entry };
    expect(direct.filter((host) => wayOf({ env, url: `https://${host}/` }) !== "direct")).toEqual([]);
    expect(proxied.filter((host) => wayOf({ env, url: `https://${host}/` }) !== "proxy")).toEqual([]);
  });
});

test("a password is decoded, and no printing shows it", () => {
  const proxy = outboundProxies({ HTTPS_PROXY: `http://me:p%40ss:w%C3%B6rd@${PROXY}` })?.proxyFor(
    "https://a.test",
  );
  expect(proxy?.authorization()).toBe(PROXY_AUTHORIZATION);
  expect(inspect(proxy, { depth: 9, showHidden: true }) + JSON.stringify(proxy)).not.toMatch(/ss.*rd|bWU6/);
  expect(
    outboundProxies({ HTTPS_PROXY: PROXY })?.proxyFor("https://a.test")?.authorization(),
  ).toBeUndefined();
  // Not percent-encoded at all: taken as it is.
  const raw = outboundProxies({ HTTPS_PROXY: `http://me:100%@${PROXY}` })?.proxyFor("https://a.test");
  expect(raw?.authorization()).toBe(`Basic ${btoa("me:100%")}`);
});
