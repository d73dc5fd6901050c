import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";

declare const __TOKENFLOW_PAGE__: string | undefined;

/** The build inlines the page here. When run from source, it is the page of the last build. */
const page =
  typeof __TOKENFLOW_PAGE__ === "string"
    ? __TOKENFLOW_PAGE__
    : readFileSync(new URL("../../dist/dashboard.html", import.meta.url), "utf8");

/** Allows only the page's own script and style, by their hashes, and requests to the proxy. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hashesOf("script")}`,
  `style-src ${hashesOf("style")}`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-length": Buffer.byteLength(page),
  "cache-control": "no-store",
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Sends the dashboard: one static document without any data. */
export function sendDashboard(response: ServerResponse): void {
  response.writeHead(200, HEADERS);
  response.end(page);
}

function hashesOf(tag: "script" | "style"): string {
  const inline = page.matchAll(new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`, "g"));
  return [...inline]
    .map(([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`)
    .join(" ");
}
