// The person's browser, for `signIn({ browser })`.

export { type BrowserOptions, createBrowser } from "./create-browser.ts";

// Its parts, for programs that show links of their own.

export { canOpenBrowser, type DesktopEnvironment } from "./desktop.ts";
export { openAddress } from "./open-address.ts";
