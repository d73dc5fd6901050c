/** The way that a request takes in an environment. */
export interface WayOutCase {
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  /** An unusable variable is an error that names it. */
  readonly way: "proxy" | "direct" | { readonly error: string };
}

const PASSWORD = "p%40ss:w%C3%B6rd";

/** `Proxy-Authorization` of the cases whose address has a password. */
export const PROXY_AUTHORIZATION: string = `Basic ${Buffer.from("me:p@ss:wörd").toString("base64")}`;

/**
 * Returns the cases in which the target is a name that nobody can look up, or this machine.
 * @param proxy `host:port`
 * @param port of a server on this machine
 */
export function wayOutCases(proxy: string, port: number): readonly WayOutCase[] {
  const url = "https://id.corp.test/";
  const unusable = "socks5h://127.0.0.1:1080";
  const always = {
    HTTPS_PROXY: `http://${proxy}`,
    HTTP_PROXY: `http://${proxy}`,
    ALL_PROXY: `http://${proxy}`,
  };
  const ways = (
    way: WayOutCase["way"],
    ...environments: readonly WayOutCase["env"][]
  ): readonly WayOutCase[] => environments.map((env) => ({ env, url, way }));
  return [
    ...ways(
      "proxy",
      { HTTPS_PROXY: `http://${proxy}` },
      { https_proxy: `http://${proxy}/` },
      { HTTPS_PROXY: proxy },
      { HTTPS_PROXY: `me:${PASSWORD}@${proxy}` },
      { HTTPS_PROXY: `http://me:${PASSWORD}@${proxy}` },
      { HTTP_PROXY: proxy },
      { http_proxy: proxy },
      { ALL_PROXY: proxy },
      { all_proxy: proxy },
      { HTTPS_PROXY: unusable, https_proxy: proxy },
      { HTTPS_PROXY: proxy, ALL_PROXY: unusable },
      { http_proxy: proxy, all_proxy: unusable },
      { HTTP_PROXY: unusable, ALL_PROXY: proxy },
      { HTTPS_PROXY: proxy, NO_PROXY: "other.test,corp.test:8443, 10.0.0.0/8,d.corp.test,*.id.corp.test" },
      { HTTPS_PROXY: proxy, NO_PROXY: "id.corp.test", no_proxy: "other.test" },
    ),
    ...ways(
      "direct",
      {},
      { HTTPS_PROXY: "", ALL_PROXY: "" },
      { HTTPS_PROXY: proxy, NO_PROXY: "*" },
      { HTTPS_PROXY: proxy, NO_PROXY: "other.test, *" },
      { HTTPS_PROXY: proxy, NO_PROXY: "*:443" },
      { HTTPS_PROXY: proxy, no_proxy: "id.corp.test" },
      { HTTPS_PROXY: proxy, NO_PROXY: "ID.Corp.Test." },
      { HTTPS_PROXY: proxy, NO_PROXY: "other.test corp.test" },
      { HTTPS_PROXY: proxy, NO_PROXY: ".corp.test:443" },
      { HTTPS_PROXY: proxy, NO_PROXY: "*.corp.test" },
      { HTTPS_PROXY: unusable, NO_PROXY: ".corp.test" },
    ),
    ...ways({ error: "HTTPS_PROXY" }, { HTTPS_PROXY: unusable, HTTP_PROXY: proxy }),
    ...ways({ error: "https_proxy" }, { https_proxy: "socks://me:secret@h:1", HTTPS_PROXY: proxy }),
    ...ways(
      { error: "HTTPS_PROXY" },
      { HTTPS_PROXY: "http://me:se/cret@h:1" },
      { HTTPS_PROXY: "me:se#cret@h:1" },
    ),
    ...ways({ error: "ALL_PROXY" }, { ALL_PROXY: "socks5://h:1080" }),
    ...ways({ error: "HTTP_PROXY" }, { HTTP_PROXY: "ftp://h:21" }),
    ...["localhost", "127.0.0.1", "127.0.0.2", "127.1", "0x7f.1", "2130706433"].map(
      (host): WayOutCase => ({ env: always, url: `http://${host}:${port}/`, way: "direct" }),
    ),
    { env: { ALL_PROXY: unusable }, url: `http://127.0.0.1:${port}/`, way: "direct" },
  ];
}
