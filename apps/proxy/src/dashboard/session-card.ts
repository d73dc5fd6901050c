import type { SessionView } from "../monitor/proxy-status.ts";
import { element, setText } from "./element.ts";
import { quotaBars } from "./quota-bars.ts";
import { type SignInPanel, signInPanel } from "./sign-in-panel.ts";
import { countdown, timeOfDay } from "./words.ts";

export interface SessionCard {
  readonly root: HTMLElement;
  show(view: SessionView): void;
  /** @param now by the proxy's clock */
  tick(now: number): void;
}

/** The actions of a card. Each rejects with a message for the person. */
export interface SessionActions {
  signIn(view: SessionView): Promise<void>;
  /** Asks the person to confirm. */
  signOut(view: SessionView): Promise<void>;
}

type Tone = "good" | "busy" | "bad" | "idle";

/** The color and the text of each state: the color alone never carries the meaning. */
const STATES: Readonly<Record<SessionView["state"], readonly [Tone, string]>> = {
  valid: ["good", "Fresh"],
  due: ["busy", "Refresh due"],
  refreshing: ["busy", "Refreshing"],
  expired: ["bad", "Expired"],
  pending: ["busy", "Waiting for approval"],
  signed_out: ["idle", "Signed out"],
  revoked: ["bad", "Revoked"],
  unavailable: ["bad", "Unavailable"],
};

export function sessionCard(first: SessionView, actions: SessionActions): SessionCard {
  let view = first;
  let panel: SignInPanel | undefined;
  let code = "";
  let usage = "";
  const titleId = `session-${first.id.replaceAll(/[^\w-]/g, "-")}`;
  const pill = element("span", { class: "pill" });
  const text = element("p", { class: "soft" });
  const refresh = element("dd");
  const expiry = element("dd");
  const bar = element("span", { class: "lifetime" });
  const times = element(
    "dl",
    { class: "times" },
    element("div", {}, element("dt", {}, "Refresh in"), refresh),
    element("div", {}, element("dt", {}, "Expires in"), expiry),
  );
  const lifetime = element("div", { class: "track", "aria-hidden": "true" }, bar);
  const notice = element("p", { class: "notice" });
  const problem = element("p", { class: "bad", role: "alert" });
  const signInArea = element("div");
  const quotas = element("div");

  const act = async (): Promise<void> => {
    setText(problem, "");
    button.disabled = true;
    await (isSignedIn(view) ? actions.signOut(view) : actions.signIn(view)).catch((error: unknown) =>
      setText(problem, error instanceof Error ? error.message : String(error)),
    );
    button.disabled = false;
  };
  const button = element("button", { type: "button", click: () => void act() });
  const root = element(
    "article",
    { class: "card session", "aria-labelledby": titleId },
    element("header", {}, element("h3", { id: titleId }, titleOf(first)), pill),
    text,
    signInArea,
    times,
    lifetime,
    quotas,
    notice,
    problem,
    element("footer", {}, button),
  );

  const tick = (now: number): void => {
    panel?.tick(now);
    const { issuedAt, dueAt, expiresAt } = view;
    setText(refresh, dueAt === undefined ? "–" : dueAt <= now ? "now" : countdown(dueAt - now));
    setText(
      expiry,
      expiresAt === undefined ? "never" : expiresAt <= now ? "expired" : countdown(expiresAt - now),
    );
    if (issuedAt === undefined || expiresAt === undefined) return;
    const left = Math.max(0, Math.min(1, (expiresAt - now) / (expiresAt - issuedAt)));
    bar.style.width = `${(left * 100).toFixed(1)}%`;
  };

  return {
    root,
    tick,
    show(next) {
      view = next;
      const [tone, label] = STATES[view.state];
      root.dataset["tone"] = tone;
      root.dataset["state"] = view.state;
      setText(pill, label);
      setText(text, view.text);
      times.hidden = !isSignedIn(view) || (view.dueAt === undefined && view.expiresAt === undefined);
      lifetime.hidden = times.hidden || view.issuedAt === undefined || view.expiresAt === undefined;
      if (code !== (view.signIn?.userCode ?? "")) {
        code = view.signIn?.userCode ?? "";
        panel = view.signIn && signInPanel(view.signIn, view.name);
        signInArea.replaceChildren(...(panel ? [panel.root] : []));
      }
      if (usage !== JSON.stringify(view.usage ?? "")) {
        usage = JSON.stringify(view.usage ?? "");
        quotas.replaceChildren(...(view.usage ? quotaBars(view.usage) : []));
      }
      setText(notice, noticeOf(view));
      button.hidden = !view.changeable || view.state === "pending" || view.state === "unavailable";
      button.className = isSignedIn(view) ? "quiet" : "main";
      setText(button, isSignedIn(view) ? "Sign out" : "Sign in");
      button.setAttribute("aria-label", `${button.textContent} – ${titleOf(view)}`);
    },
  };
}

/** Returns the service, with the account unless it is the default one. */
export function titleOf({ name, account }: SessionView): string {
  return account === "default" ? name : `${name} (${account})`;
}

export function isSignedIn({ state }: SessionView): boolean {
  return state === "valid" || state === "due" || state === "refreshing" || state === "expired";
}

function noticeOf({ pausedUntilAt, failure }: SessionView): string {
  if (pausedUntilAt !== undefined)
    return `Rate limit exceeded. No requests until ${timeOfDay(pausedUntilAt)}.`;
  if (!failure) return "";
  const { message, hint, retryAt } = failure;
  const retry = retryAt === undefined ? "" : ` Next retry at ${timeOfDay(retryAt)}.`;
  return `${message.replace(/\.?$/, ".")}${hint === undefined ? "" : ` ${hint}`}${retry}`;
}
