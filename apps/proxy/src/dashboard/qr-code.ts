import { encode } from "uqr";

const SVG = "http://www.w3.org/2000/svg";

/** The code of an address, dark on light in every colour scheme: that is what cameras read. */
export function qrCode(address: string, label: string): SVGSVGElement {
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
