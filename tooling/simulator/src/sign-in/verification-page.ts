import { type Route, route } from "../server/service.ts";
import type { DeviceCodes } from "./device-codes.ts";

interface PageOptions {
  /** The path of the page. The decision is sent to `<path>/confirm`. */
  readonly path: string;
  /** The name of the service. */
  readonly service: string;
  readonly codes: DeviceCodes;
}

/** Returns the routes of the page on which a person types the user code, and authorizes or cancels. */
export function createVerificationPage({ path, service, codes }: PageOptions): readonly Route[] {
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
  return [
    route(`GET ${path}`, "page", (_request, reply) => reply.text(200, askForCode(), HTML)),
    route(`POST ${path}`, "page", ({ fields, entry }, reply) => {
      const record = codes.findPending(fields["user_code"] ?? "");
      entry.outcome = record ? "code_found" : "code_unknown";
      if (!record) return reply.text(422, askForCode("That code is not valid, or has expired."), HTML);
      return reply.text(
        200,
        page(
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
        ),
        HTML,
      );
    }),
    route(`POST ${path}/confirm`, "page", ({ fields, entry }, reply) => {
      const record = codes.findPending(fields["user_code"] ?? "");
      if (!record) return reply.text(422, askForCode("That code is not valid, or has expired."), HTML);
      const approved = fields["decision"] === "approve";
      entry.outcome = approved ? "approved" : "denied";
      codes.decide(record, approved ? "approved" : "denied", fields["login"] || undefined);
      return reply.text(
        200,
        approved
          ? page("Congratulations, you're all set!", "<p>Your device is now connected.</p>")
          : page("Cancelled", "<p>The device was not connected.</p>"),
        HTML,
      );
    }),
  ];
}

const HTML = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };

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
<footer>This is TokenFlow's simulator on your own machine; nothing here reaches a real service.</footer>
</html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
