import { encode } from "uqr";
import type { SignInView } from "../monitor/proxy-status.ts";
import { copyButton } from "./copy-button.ts";
import { element, setText } from "./element.ts";
import { countdown } from "./words.ts";

const SVG = "http://www.w3.org/2000/svg";

export interface SignInPanel {
  readonly root: HTMLElement;
  /** @param now on the proxy's clock */
  tick(now: number): void;
}

/** What a person needs to approve: the code, the link, and both for a phone's camera. */
export function signInPanel(signIn: SignInView, service: string): SignInPanel {
  const { userCode, verificationUri, verificationUriComplete, expiresAt } = signIn;
  const address = webAddress(verificationUriComplete ?? verificationUri);
  const left = element("span");
  const root = element(
    "div",
    { class: "sign-in" },
    element(
      "div",
      {},
      element("p", { class: "soft" }, "Enter this code where the link leads:"),
      element(
        "p",
        { class: "row" },
        element("code", { class: "user-code" }, userCode),
        copyButton(userCode, "code"),
      ),
      address === undefined
        ? element("p", {}, verificationUri)
        : element(
            "p",
            {},
            element(
              "a",
              { class: "button main", href: address, target: "_blank", rel: "noopener noreferrer" },
              `Approve at ${new URL(address).host}`,
              element("span", { class: "unseen" }, ", in a new tab"),
            ),
          ),
      element("p", { class: "soft small" }, "Turns green by itself. The code is good for ", left, "."),
    ),
    address === undefined ? undefined : qrCode(address, `QR code of the link to approve ${service}`),
  );
  return { root, tick: (now) => setText(left, countdown(expiresAt - now)) };
}

/** The service names it: only an address of the web becomes a link. */
function webAddress(address: string): string | undefined {
  const url = URL.parse(address);
  return url?.protocol === "https:" || url?.protocol === "http:" ? url.href : undefined;
}

/** The code of an address, dark on light in every colour scheme: that is what cameras read. */
function qrCode(address: string, label: string): SVGSVGElement {
  const { size, data } = encode(address, { border: 2 });
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
