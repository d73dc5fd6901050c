import { byId } from "./element.ts";

/** Tells screen readers what just happened. */
export function announce(text: string): void {
  byId("said", HTMLElement).textContent = text;
}
