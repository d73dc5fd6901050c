import { announce, element, setText } from "./element.ts";

const SHOWN = 2_000;

/** A button that copies a text. */
export function copyButton(text: string, what: string): HTMLButtonElement {
  const label = (word: string): void => {
    setText(button, word);
    button.setAttribute("aria-label", `${word} ${what}`);
  };
  const copy = async (): Promise<void> => {
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    label(done ? "Copied" : "Not copied");
    announce(done ? `Copied ${what}` : `${what} could not be copied`);
    setTimeout(() => label("Copy"), SHOWN);
  };
  const button = element("button", { type: "button", class: "quiet", click: () => void copy() });
  label("Copy");
  return button;
}
