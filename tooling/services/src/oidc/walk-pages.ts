/** More pages than any sign-in has. */
const MAX_PAGES = 20;

/**
 * Walks through a sign-in as a person with a browser would: keeps cookies, follows redirects, fills in and sends
 * every form, and ends when a page asks nothing more.
 * @throws if a page answers an error, or the pages do not end
 */
export async function walkPages(start: string, decision: "approve" | "deny"): Promise<void> {
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      headers: { cookie: Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ") },
      redirect: "manual",
      ...(form ? { body: form } : {}),
    });
    const html = await response.text();
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get("location");
    const denied = form?.has("abort") === true;
    form = undefined;
    if (location !== null) {
      url = new URL(location, url).href;
      continue;
    }
    if (denied) return;
    if (!response.ok) throw new Error(`The sign-in page answered ${response.status}`);
    const [, action] = /<form[^>]*\baction="([^"]*)"/.exec(html) ?? [];
    if (action === undefined) return;
    url = new URL(action, url).href;
    form = fillIn(html, decision);
  }
  throw new Error("The sign-in pages do not end");
}

/** Returns the form's own values, and answers for empty fields. */
function fillIn(html: string, decision: "approve" | "deny"): URLSearchParams {
  const form = new URLSearchParams();
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const [, name] = /\bname="([^"]*)"/.exec(input) ?? [];
    const [, value = "somebody"] = /\bvalue="([^"]*)"/.exec(input) ?? [];
    if (name !== undefined && name !== "abort") form.set(name, value);
  }
  if (form.has("user_code")) form.set(decision === "approve" ? "confirm" : "abort", "yes");
  return form;
}
