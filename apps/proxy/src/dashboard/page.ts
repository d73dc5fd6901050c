/** The dashboard: it shows what `/api/events` tells, and signs in and out. */
import type { SessionView } from "../monitor/proxy-status.ts";
import { createApi, createKey, Unauthorized } from "./api.ts";
import { createDashboard } from "./dashboard.ts";
import { byId, element, setText } from "./element.ts";
import { openEventStream } from "./event-stream.ts";
import { titleOf } from "./session-card.ts";

const TICK = 500;

const key = createKey();
key.takeFromAddress();
const api = createApi(key);
const link = byId("link", HTMLElement);
const main = byId("board", HTMLElement);
const askKey = byId("ask-key", HTMLFormElement);
const input = byId("key", HTMLInputElement);

const board = createDashboard({
  async signIn({ provider, account }) {
    board.show("session", await post("/api/sign-in", { provider, account }));
  },
  async signOut(view) {
    if (!(await askSignOut(titleOf(view)))) return;
    const { provider, account } = view;
    board.show("session", await post("/api/sign-out", { provider, account }));
  },
});

async function post(path: string, body: object): Promise<SessionView> {
  try {
    // The border: the page and the proxy that served it are of one version.
    return (await api.post(path, body)) as SessionView;
  } catch (error) {
    if (error instanceof Unauthorized) lock();
    throw error;
  }
}

const feed = openEventStream(api, {
  onEvent(name, data) {
    if (name === "status") {
      show("live", "Live");
      askKey.hidden = true;
      main.hidden = false;
    }
    board.show(name, data);
  },
  onDisconnect: () => show("away", "The proxy is away. Trying again…"),
  onUnauthorized: lock,
});

function show(state: "live" | "away" | "locked", text: string): void {
  link.dataset["state"] = state;
  main.dataset["link"] = state;
  setText(link, text);
}

function lock(): void {
  setText(
    byId("key-problem", HTMLElement),
    key.read() === undefined ? "" : "The proxy does not know this key.",
  );
  key.forget();
  show("locked", "Wants a key");
  main.hidden = true;
  askKey.hidden = false;
  input.value = "";
  input.focus();
}

askKey.addEventListener("submit", (event) => {
  event.preventDefault();
  key.keep(input.value.trim());
  feed.reconnect();
});
// The link with a key was opened where the page was open already.
addEventListener("hashchange", () => {
  if (key.takeFromAddress()) feed.reconnect();
});
addEventListener("online", () => feed.reconnect());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && link.dataset["state"] === "away") feed.reconnect();
});
setInterval(() => board.tick(), TICK);

/** Asks a person whether to sign out; answers whether they want to. */
function askSignOut(service: string): Promise<boolean> {
  return new Promise((resolve) => {
    const close = (answer: string) => (): void => dialog.close(answer);
    const dialog = element(
      "dialog",
      { class: "card", "aria-labelledby": "ask-title", "aria-describedby": "ask-text" },
      element("h2", { id: "ask-title" }, `Sign out of ${service}?`),
      element("p", { id: "ask-text" }, "Whoever uses this session is refused until somebody signs in again."),
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
