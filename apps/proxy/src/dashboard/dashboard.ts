import type { MonitorEvents, ProxyStatus, QueueView, SessionView } from "../monitor/proxy-status.ts";
import { copyButton } from "./copy-button.ts";
import { announce, byId, element, setText } from "./element.ts";
import { createPlots } from "./plots.ts";
import { requestsTable } from "./requests-table.ts";
import { isSignedIn, type SessionActions, type SessionCard, sessionCard, titleOf } from "./session-card.ts";
import { count } from "./words.ts";

/** The whole dashboard. */
export interface Dashboard {
  show<Name extends keyof MonitorEvents>(name: Name, data: MonitorEvents[Name]): void;
  /** Updates countdowns and durations. */
  tick(): void;
}

export function createDashboard(actions: SessionActions): Dashboard {
  const views = new Map<string, SessionView>();
  const cards = new Map<string, SessionCard>();
  const plots = createPlots();
  const requests = requestsTable();
  let offset = 0;
  let queue: QueueView = { running: 0, waiting: 0 };
  let setup = "";
  byId("plots", HTMLElement).append(...plots.root);
  byId("requests", HTMLElement).append(requests.root);

  const now = (): number => Date.now() + offset;
  const summarize = (): void => {
    const all = [...views.values()];
    const [headline, tone] = headlineOf(all);
    setText(byId("headline", HTMLElement), headline);
    byId("headline", HTMLElement).dataset["tone"] = tone;
    const { requests, errors } = plots.totals;
    const parts = [
      queue.running === 0 ? "no requests running" : `${queue.running} running`,
      ...(queue.waiting > 0 ? [`${queue.waiting} in the queue`] : []),
      `${count(requests, "request")} in the last hour`,
      errors === 0 ? "no errors" : count(errors, "error"),
    ];
    setText(byId("subline", HTMLElement), parts.join(" · "));
    document.title = `${headline} · TokenFlow`;
  };
  const showSession = (view: SessionView): void => {
    const previous = views.get(view.id);
    if (previous && previous.state !== view.state) announce(`${titleOf(view)}: ${view.text}`);
    views.set(view.id, view);
    let card = cards.get(view.id);
    if (!card) {
      card = sessionCard(view, actions);
      cards.set(view.id, card);
      byId("sessions", HTMLElement).append(card.root);
    }
    card.show(view);
    card.tick(now());
  };
  const showStatus = (status: ProxyStatus): void => {
    offset = status.now - Date.now();
    queue = status.queue;
    const ids = new Set(status.sessions.map(({ id }) => id));
    for (const [id, card] of cards) {
      if (ids.has(id)) continue;
      card.root.remove();
      cards.delete(id);
      views.delete(id);
    }
    for (const view of status.sessions) showSession(view);
    requests.reset(status.requests);
    plots.reset(status.minutes);
    plots.draw(now());
    showSetup(status);
    setText(
      byId("foot", HTMLElement),
      `TokenFlow ${status.version} at ${status.url}${status.requiresKey ? "" : " · without a key: every user of this machine can use it"}`,
    );
  };
  const showSetup = (status: ProxyStatus): void => {
    if (setup === JSON.stringify(status.setup)) return;
    setup = JSON.stringify(status.setup);
    byId("setup", HTMLElement).replaceChildren(
      ...status.setup.map(({ client, text }) =>
        element(
          "li",
          {},
          element("span", { class: "client" }, client),
          element("code", { tabindex: "0" }, text),
          copyButton(text, `line for ${client}`),
        ),
      ),
    );
  };

  return {
    show(name, data) {
      const event = { name, data } as {
        [Name in keyof MonitorEvents]: { name: Name; data: MonitorEvents[Name] };
      }[keyof MonitorEvents];
      if (event.name === "status") showStatus(event.data);
      if (event.name === "session") showSession(event.data);
      if (event.name === "request") requests.show(event.data);
      if (event.name === "queue") queue = event.data;
      if (event.name === "minute") {
        plots.show(event.data);
        plots.draw(now());
      }
      summarize();
    },
    tick() {
      for (const card of cards.values()) card.tick(now());
      requests.tick(now());
      plots.draw(now());
    },
  };
}

/** Summarizes the state of all sessions. */
function headlineOf(views: readonly SessionView[]): readonly [string, "good" | "bad" | "idle"] {
  const signedIn = views.filter(isSignedIn);
  const failed = views.find(
    ({ state, failure, pausedUntilAt }) =>
      state === "revoked" || state === "unavailable" || state === "expired" || failure || pausedUntilAt,
  );
  if (failed) return [`${titleOf(failed)} needs attention`, "bad"];
  if (views.some(({ state }) => state === "pending")) return ["Waiting for your approval", "idle"];
  if (signedIn.length === 0) return ["Nobody is signed in", "idle"];
  return ["All is well", "good"];
}
