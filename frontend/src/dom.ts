// Elements in one call.

type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (typeof value === "function") element.addEventListener(name, value);
    else if (typeof value === "string") element.setAttribute(name, value);
    else if (value) element.setAttribute(name, "");
  element.append(...children);
  return element;
}

/** Writes only what differs, so that nothing is laid out again for nothing. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function put(element: HTMLElement, place: { left: number; top: number; width: number; height: number }): void {
  for (const side of ["left", "top", "width", "height"] as const) element.style[side] = `${100 * place[side]}%`;
}
