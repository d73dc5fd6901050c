import type { DeviceCodes } from "./device-codes.ts";

export interface VerificationPageOptions {
  /** The path of the page. The decision is sent to `<path>/confirm`. */
  readonly path: string;
  /** The name of the service. */
  readonly service: string;
  readonly codes: DeviceCodes;
}

/** An answer of the page. */
export interface PageAnswer {
  readonly status: number;
  readonly html: string;
  /** For the journal. */
  readonly outcome?: "code_found" | "code_unknown" | "approved" | "denied";
}

type Fields = Readonly<Record<string, string>>;

/** The page on which a person types the user code, and authorizes or cancels. */
export interface VerificationPage {
  /** Asks for the code. */
  show(): PageAnswer;
  /** Shows who asks for access. */
  enter(fields: Fields): PageAnswer;
  /** Takes the decision. */
  confirm(fields: Fields): PageAnswer;
}

/** The headers of every answer of the page. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
};

export function createVerificationPage({ path, service, codes }: VerificationPageOptions): VerificationPage {
  const askForCode = (note = ""): string =>
    page(
      `${service}: device activation`,
      `<p>Enter the code displayed on your device</p>${note && `<p role="alert">${note}</p>`}
<form method="post" action="${path}">
<label for="user_code">Code</label>
<input id="user_code" name="user_code" autocomplete="off" autocapitalize="characters" autofocus required>
<button type="submit">Continue</button>
</form>`,
    );
  const unknown: PageAnswer = {
    status: 422,
    html: askForCode("That code is not valid, or has expired."),
    outcome: "code_unknown",
  };
  return {
    show: () => ({ status: 200, html: askForCode() }),
    enter(fields) {
      const record = codes.findPending(fields["user_code"] ?? "");
      if (!record) return unknown;
      const html = page(
        `Authorize ${escape(record.appName)}`,
        `<p><strong>${escape(record.appName)}</strong> wants access to your ${service} account with the code
<code>${record.userCode}</code>. Only go on if that code is on your device.</p>
<form method="post" action="${path}/confirm">
<input type="hidden" name="user_code" value="${record.userCode}">
<label for="login">Signed in as</label>
<input id="login" name="login" value="${escape(record.login)}">
<button type="submit" name="decision" value="approve">Authorize</button>
<button type="submit" name="decision" value="deny">Cancel</button>
</form>`,
      );
      return { status: 200, html, outcome: "code_found" };
    },
    confirm(fields) {
      const record = codes.findPending(fields["user_code"] ?? "");
      if (!record) return unknown;
      const approved = fields["decision"] === "approve";
      codes.decide(record, approved ? "approved" : "denied", fields["login"] || undefined);
      const html = approved
        ? page("Congratulations, you're all set!", "<p>Your device is now connected.</p>")
        : page("Cancelled", "<p>The device was not connected.</p>");
      return { status: 200, html, outcome: approved ? "approved" : "denied" };
    },
  };
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; }
label, input, button { display: block; font: inherit; margin: .5rem 0; }
input { width: 100%; box-sizing: border-box; padding: .5rem; }
button { padding: .5rem 1rem; }
footer { color: #666; margin-top: 3rem; font-size: 14px; }
</style>
<h1>${title}</h1>
${body}
<footer>This is a simulated service on your own machine. Nothing here reaches a real one.</footer>
</html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
