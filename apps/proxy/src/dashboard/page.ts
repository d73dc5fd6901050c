/** The dashboard's script: shows the events of `/api/events`, and signs in and out. */
import type { ProxyStatus, SessionView } from "../monitor/proxy-status.ts";
import { createApi, createKey, Unauthorized } from "./api.ts";
import { createDashboard } from "./dashboard.ts";
import { byId, element, setText } from "./element.ts";
import { openEventStream } from "./event-stream.ts";
import { createPages } from "./pages.ts";
import { titleOf } from "./session-card.ts";

const TICK = 500;

const key = createKey();
key.takeFromUrl();
const api = createApi(key);
const connection = byId("connection", HTMLElement);
const main = byId("dashboard", HTMLElement);
const keyForm = byId("key-form", HTMLFormElement);
const input = byId("key", HTMLInputElement);

const pages = createPages(api);
const dashboard = createDashboard({
  async signIn({ provider, account }) {
    dashboard.show("session", await post("/api/sign-in", { provider, account }));
  },
  async signOut(view) {
    if (!(await confirmSignOut(titleOf(view)))) return;
    const { provider, account } = view;
    dashboard.show("session", await post("/api/sign-out", { provider, account }));
  },
});

async function post(path: string, body: object): Promise<SessionView> {
  try {
    // No check of the data: the page and the proxy that served it have the same version.
    return (await api.post(path, body)) as SessionView;
  } catch (error) {
    if (error instanceof Unauthorized) askForKey();
    throw error;
  }
}

const stream = openEventStream(api, {
  onEvent(name, data) {
    if (name === "status") {
      showConnection("live", "Live");
      keyForm.hidden = true;
      main.hidden = false;
      pages.show((data as ProxyStatus).countsUsage);
    }
    dashboard.show(name, data);
  },
  onDisconnect: () => showConnection("disconnected", "The proxy does not respond. Reconnecting…"),
  onUnauthorized: askForKey,
});

function showConnection(state: "live" | "disconnected" | "unauthorized", text: string): void {
  connection.dataset["state"] = state;
  main.dataset["connection"] = state;
  setText(connection, text);
}

function askForKey(): void {
  setText(
    byId("key-problem", HTMLElement),
    key.read() === undefined ? "" : "The proxy does not accept this key.",
  );
  key.clear();
  showConnection("unauthorized", "Key required");
  main.hidden = true;
  pages.hide();
  keyForm.hidden = false;
  input.value = "";
  input.focus();
}

keyForm.addEventListener("submit", (event) => {
  event.preventDefault();
  key.save(input.value.trim());
  stream.reconnect();
});
// A link with a key was opened in a tab that already shows the page.
addEventListener("hashchange", () => {
  if (key.takeFromUrl()) stream.reconnect();
});
addEventListener("online", () => stream.reconnect());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && connection.dataset["state"] === "disconnected") stream.reconnect();
});
setInterval(() => dashboard.tick(), TICK);

/** Asks the person to confirm a sign-out. Resolves with true if they do. */
function confirmSignOut(service: string): Promise<boolean> {
  return new Promise((resolve) => {
    const close = (answer: string) => (): void => dialog.close(answer);
    const dialog = element(
      "dialog",
      { class: "card", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
      element("h2", { id: "confirm-title" }, `Sign out of ${service}?`),
      element("p", { id: "confirm-text" }, "Requests to this session fail until somebody signs in again."),
      element(
        "p",
        { class: "row end" },
        element(
          "button",
          { type: "button", class: "quiet", autofocus: true, click: close("no") },
          "Stay signed in",
        ),
        element("button", { type: "button", class: "danger", click: close("yes") }, "Sign out"),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
