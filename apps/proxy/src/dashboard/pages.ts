import type { Api } from "./api.ts";
import { byId } from "./element.ts";
import { createUsagePage } from "./usage-page.ts";

/** The two pages, one of which is shown: what happens now, and what was used. */
export interface Pages {
  /** Shows the page that the URL names. @param countsUsage false leaves only one page */
  show(countsUsage: boolean): void;
  /** Stops the page about usage, until `show`. */
  hide(): void;
}

export function createPages(api: Api): Pages {
  const nav = byId("pages", HTMLElement);
  const now = byId("now-page", HTMLElement);
  const usage = byId("usage-page", HTMLElement);
  const usagePage = createUsagePage(api);
  let isOpen = false;

  const select = (): void => {
    const isUsage = isOpen && !nav.hidden && location.hash === "#usage";
    now.hidden = isUsage;
    usage.hidden = !isUsage;
    for (const link of nav.querySelectorAll("a")) {
      const isCurrent = link.hash === (isUsage ? "#usage" : "#now");
      if (isCurrent) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (isUsage) usagePage.open();
    else usagePage.close();
  };
  addEventListener("hashchange", select);

  return {
    show(countsUsage) {
      nav.hidden = !countsUsage;
      isOpen = true;
      select();
    },
    hide() {
      isOpen = false;
      usagePage.close();
    },
  };
}
