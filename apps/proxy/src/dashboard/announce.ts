import { byId } from "./element.ts";

/** Tells screen readers what just happened. */
export function say(text: string): void {
  byId("said", HTMLElement).textContent = text;
}
