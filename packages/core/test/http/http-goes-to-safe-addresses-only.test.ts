import { createHttp, isLoopback, requireSafeUrl } from "@tokenflow/core/provider";
import { createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";

describe("credentials are never sent to", () => {
  const unsafe = [
    "http://example.org/",
    "http://localhost.example.org/",
    "http://127.0.0.1.example.org/",
    "http://127.0.0.1@example.org/",
    "http://10.0.0.1/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[::2]/",
    "http://localhostx/",
    "ftp://localhost/",
    "file:///etc/passwd",
    "data:application/json,{}",
    "https://user@example.org/",
    "https://user:password@example.org/",
    "http://user:password@localhost/",
    "example.org",
    "/token",
    "",
  ];
  for (const url of unsafe) {
    test(`"${url}"`, async () => {
      const script = createScriptedFetch(() => ({ json: {} }));
      const asked = createHttp({ fetch: script.fetch })({ method: "POST", url, form: { grant: "secret" } });
      await expect(asked).rejects.toMatchObject({ code: "provider.misconfigured", grantUnused: true });
      expect(script.requests).toEqual([]);
    });
  }
});

describe("credentials may be sent to", () => {
  const safe = [
    "https://example.org/token",
    "https://10.0.0.1:8443/",
    "http://localhost:1234/",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.9.8.7:80/",
    "http://[::1]:1234/",
    "HTTP://LOCALHOST/",
  ];
  for (const url of safe) {
    test(url, async () => {
      const script = createScriptedFetch(() => ({ json: {} }));
      await createHttp({ fetch: script.fetch })({ method: "POST", url, form: { grant: "secret" } });
      expect(script.requests[0]?.url).toBe(new URL(url).href);
    });
  }
});

test("the error names the origin, and nothing that may be a secret", () => {
  for (const url of [
    "http://user:hunter2@example.org/?grant=hunter2",
    "https://hunter2@example.org/hunter2",
  ]) {
    expect(() => requireSafeUrl(url)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("hunter2") }),
    );
  }
});

test("only names and addresses of this machine are loopback", () => {
  const own = [
    ...[
      "localhost",
      "LOCALHOST",
      "localhost.",
      "app.localhost",
      "127.0.0.1",
      "127.255.0.3",
      "127.1",
      "0x7f.1",
    ],
    ...["2130706433", "[::1]", "[::0001]", "[::ffff:127.0.0.1]", "[::ffff:7fff:1]"],
  ];
  expect(own.filter((name) => !isLoopback(name))).toEqual([]);
  const others = [
    ...[
      "127.0.0.1.org",
      "localhost.org",
      "xlocalhost",
      "128.0.0.1",
      "1127.0.0.1",
      "0.0.0.0",
      "",
      "::1",
      "[::2]",
    ],
    ...[
      "[::ffff:8000:1]",
      "[::7f00:1]",
      "localhost:80",
      "127.0.0.1/a",
      "evil@127.0.0.1",
      "127.0.0.1#",
      "[::1",
    ],
  ];
  expect(others.filter(isLoopback)).toEqual([]);
});
