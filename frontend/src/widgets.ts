// The widgets that the bars are made of: each an element, and a way to set it.

import { make, say } from "./dom";
import { significant } from "./words";

export interface Widget<Value> {
  element: HTMLElement;
  set(value: Value): void;
}

export interface IconEvents {
  onFull(): void;
  onHelp(): void;
}

export interface Range {
  low: number;
  high: number;
  step: number;
}

export function toggle(label: string, onChange: (on: boolean) => void): Widget<boolean> {
  const change = (): void => onChange(element.getAttribute("aria-pressed") !== "true");
  const element = make("button", { class: "toggle", type: "button", click: change }, label);
  return { element, set: (on) => element.setAttribute("aria-pressed", String(on)) };
}

export function select<Value extends string>(
  label: string,
  values: readonly Value[],
  onChange: (value: Value) => void,
): Widget<Value> {
  const options = values.map((value) => make("option", { value }, value));
  const field = make("select", { "aria-label": label, change: () => onChange(field.value as Value) }, ...options);
  return { element: make("label", {}, `${label} `, field), set: (value) => (field.value = value) };
}

/** `done` is false while it is still dragged. */
export function slider(
  label: string,
  range: Range,
  onChange: (value: number, done: boolean) => void,
  text: (value: number) => string = significant,
): Widget<number> {
  const output = make("output", {});
  const field = make("input", {
    type: "range",
    min: String(range.low),
    max: String(range.high),
    step: String(range.step),
    "aria-label": label,
    input: () => onChange(Number(field.value), false),
    change: () => onChange(Number(field.value), true),
  });
  return {
    element: make("label", { class: "slider" }, make("span", {}, label), field, output),
    set: (value) => {
      if (Number(field.value) !== value) field.value = String(value);
      say(output, text(value));
    },
  };
}

/** The buttons for full screen and for the list of keys. */
export function icons(events: IconEvents): HTMLElement[] {
  const icon = (name: string, key: string, sign: Node | string, click: () => void): HTMLElement =>
    make("button", { type: "button", class: "icon", title: `${name} (${key})`, "aria-label": name, click }, sign);
  return [icon("Full screen", "f", corners(), () => events.onFull()), icon("Keys", "?", "?", () => events.onHelp())];
}

export function keysDialog(keys: readonly (readonly [string, string])[], onClose: () => void): HTMLElement {
  return make(
    "div",
    { class: "help", role: "dialog", "aria-label": "Keys", hidden: true, click: onClose },
    make("div", { class: "help-title" }, "Keys"),
    make("dl", {}, ...keys.flatMap(([key, does]) => [make("dt", {}, key), make("dd", {}, does)])),
  );
}

export function toggleFull(element: HTMLElement): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void element.requestFullscreen?.();
}

/** Whether a key is meant for the widget that has the focus. */
export function isForWidget(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.composedPath()[0];
  const onButton = target instanceof HTMLButtonElement && (event.key === "Enter" || event.key === " ");
  const onSlider = target instanceof HTMLInputElement && event.key.startsWith("Arrow");
  return target instanceof HTMLSelectElement || onSlider || onButton;
}

/** Four corners: the sign for full screen, which few fonts have. */
function corners(): Node {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 14 14");
  svg.setAttribute("width", "14");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M1 5V1h4M9 1h4v4M13 9v4H9M5 13H1V9");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "1.6");
  path.setAttribute("fill", "none");
  svg.append(path);
  return svg;
}
