import { encode } from "uqr";
import type { SignInView } from "../monitor/proxy-status.ts";
import { copyButton } from "./copy-button.ts";
import { element, setText } from "./element.ts";
import { countdown } from "./words.ts";

const SVG = "http://www.w3.org/2000/svg";

export interface SignInPanel {
  readonly root: HTMLElement;
  /** @param now by the proxy's clock */
  tick(now: number): void;
}

/** Creates what a person needs to approve: the code, the link, and both as a QR code. */
export function signInPanel(signIn: SignInView, service: string): SignInPanel {
  const { userCode, verificationUri, verificationUriComplete, expiresAt, notice } = signIn;
  const url = toWebUrl(verificationUriComplete ?? verificationUri);
  const left = element("span");
  const root = element(
    "div",
    { class: "sign-in" },
    element(
      "div",
      {},
      element("p", { class: "soft" }, "Open the link and enter this code:"),
      element(
        "p",
        { class: "row" },
        element("code", { class: "user-code" }, userCode),
        copyButton(userCode, "code"),
      ),
      url === undefined
        ? element("p", {}, verificationUri)
        : element(
            "p",
            {},
            element(
              "a",
              { class: "button main", href: url, target: "_blank", rel: "noopener noreferrer" },
              `Approve at ${new URL(url).host}`,
              element("span", { class: "unseen" }, ", in a new tab"),
            ),
          ),
      notice === undefined ? undefined : element("p", { class: "soft small" }, notice),
      element("p", { class: "soft small" }, "This page updates by itself. The code expires in ", left, "."),
    ),
    url === undefined ? undefined : qrCode(url, `QR code of the link to approve ${service}`),
  );
  return { root, tick: (now) => setText(left, countdown(expiresAt - now)) };
}

/** Returns a URL from the service only if it is a web URL: nothing else becomes a link. */
function toWebUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url?.protocol === "https:" || url?.protocol === "http:" ? url.href : undefined;
}

/**
 * Creates the QR code of a URL, dark on light in every color scheme, since cameras expect that. Returns `undefined` for
 * more than about 2,900 characters, which no QR code can hold.
 */
function qrCode(url: string, label: string): SVGSVGElement | undefined {
  let code: ReturnType<typeof encode>;
  try {
    code = encode(url, { border: 2 });
  } catch {
    return undefined;
  }
  const { size, data } = code;
  const svg = document.createElementNS(SVG, "svg");
  const attributes = {
    viewBox: `0 0 ${size} ${size}`,
    class: "qr",
    role: "img",
    "aria-label": label,
    "shape-rendering": "crispEdges",
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const path = document.createElementNS(SVG, "path");
  const squares = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  path.setAttribute("d", squares.join(""));
  svg.append(path);
  return svg;
}
