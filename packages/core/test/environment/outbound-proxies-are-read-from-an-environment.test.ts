import { TokenFlowError } from "@tokenflow/core";
import { outboundProxies } from "@tokenflow/core/environment";
import { expect, test } from "vitest";

const LOOPBACK = "localhost,127.0.0.1,[::1]";

test.each([
  [{}, undefined],
  [{ HTTP_PROXY: "", NO_PROXY: "a.test" }, undefined],
  [{ HTTPS_PROXY: "http://p:1" }, { httpProxy: "", httpsProxy: "http://p:1", noProxy: LOOPBACK }],
  [{ HTTP_PROXY: "http://p:1" }, { httpProxy: "http://p:1", httpsProxy: "http://p:1", noProxy: LOOPBACK }],
  [
    { HTTPS_PROXY: "http://p:1", https_proxy: "http://q:2", NO_PROXY: "a.test", no_proxy: ".b.test" },
    { httpProxy: "", httpsProxy: "http://q:2", noProxy: `.b.test,${LOOPBACK}` },
  ],
])("%j", (env, proxies) => {
  expect(outboundProxies(env)).toEqual(proxies);
});

test.each(["proxy:8080", "user:s3cret@proxy", "socks5://proxy:1080", "not an address"])(
  "%s is refused, and is not shown",
  (value) => {
    let thrown: unknown;
    try {
      outboundProxies({ HTTPS_PROXY: value });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TokenFlowError);
    expect(thrown).toMatchObject({ code: "provider.misconfigured" });
    expect(String(thrown)).not.toContain(value);
  },
);
