type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | boolean | (() => void) | undefined>>;

/**
 * Creates an element. `true` sets an attribute without a value; a function becomes the click listener. Strings are
 * always text, never HTML.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") created.addEventListener("click", value);
    else if (value !== undefined && value !== false) created.setAttribute(name, value === true ? "" : value);
  }
  created.append(...children.filter((child) => child !== undefined));
  return created;
}

/** Sets a text only if it differs, so that screen readers and selections are not disturbed. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Returns the page's element with this id. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`The page has no element ${id}`);
  return found;
}

/** Announces a text to screen readers. */
export function announce(text: string): void {
  byId("announcement", HTMLElement).textContent = text;
}
