import { element } from "./element.ts";

/** Asks a person whether to sign out; answers whether they want to. */
export function askSignOut(service: string): Promise<boolean> {
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
