import { announce, element, setText } from "./element.ts";

const FEEDBACK_TIME = 2_000;

/** Creates a button that copies a text. */
export function copyButton(text: string, what: string): HTMLButtonElement {
  const setLabel = (label: string): void => {
    setText(button, label);
    button.setAttribute("aria-label", `${label} ${what}`);
  };
  const copy = async (): Promise<void> => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setLabel(copied ? "Copied" : "Not copied");
    announce(copied ? `Copied ${what}` : `${what} could not be copied`);
    setTimeout(() => setLabel("Copy"), FEEDBACK_TIME);
  };
  const button = element("button", { type: "button", class: "quiet", click: () => void copy() });
  setLabel("Copy");
  return button;
}
