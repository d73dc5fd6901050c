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

test("only addresses of this machine are loopback", () => {
  expect(["localhost", "127.0.0.1", "127.255.0.3", "[::1]"].filter((name) => !isLoopback(name))).toEqual([]);
  expect(["127.0.0.1.org", "localhost.org", "128.0.0.1", "::1", "1127.0.0.1", ""].filter(isLoopback)).toEqual(
    [],
  );
});
