// What every view is framed by: its bar, the list of its keys, full screen, and a line that a screen reader reads out.

import { make } from "./dom";
import style from "./style.css";
import { Turns } from "./turns";
import { icons, isForWidget, keysDialog, toggleFull } from "./widgets";

type Keys = readonly (readonly [key: string, does: string])[];

export interface Framed {
  /** Class names beside "lens". */
  kind: string;
  /** Those that not every view has. */
  keys: Keys;
  /** What Escape does, where it does more than in every view. */
  escape?: string;
  /** What the bar begins with. */
  bar: readonly HTMLElement[];
  /** What stands below it. */
  parts: readonly HTMLElement[];
  /** CSS height. */
  height?: string | undefined;
  /** Whether a key did something that not every view does with it. */
  acted(event: KeyboardEvent): boolean;
  /** The view has another size. */
  onResize(): void;
}

export class Frame {
  readonly element: HTMLElement;
  readonly turns = new Turns();
  readonly live = make("div", { class: "live", "aria-live": "polite" });
  private readonly help: HTMLElement;
  private readonly observer: ResizeObserver;

  constructor(root: HTMLElement | ShadowRoot, framed: Framed) {
    const { kind, keys, escape = "close this, leave full screen", bar, parts, height } = framed;
    this.help = keysDialog([...keys, ["f", "full screen"], ["Esc", `${escape}, give the keys back to the page`], ["?", "show these keys"]], () => this.toggleHelp());
    const events = { onFull: () => toggleFull(this.element), onHelp: () => this.toggleHelp() };
    this.element = make(
      "div",
      { class: `lens ${kind}`.trim(), tabindex: "0", role: "application", "aria-roledescription": "lens" },
      make("style", {}, style),
      make("div", { class: "bar" }, ...bar, make("span", { class: "icons" }, ...icons(events))),
      ...parts,
      this.help,
      this.live,
    );
    if (height) this.element.style.setProperty("--height", height);
    this.element.addEventListener("keydown", (event) => {
      if (isForWidget(event) || !(this.acted(event) || framed.acted(event) || left(event))) return;
      event.preventDefault();
      // The page around it has keys of its own.
      event.stopPropagation();
    });
    root.append(this.element);
    this.observer = new ResizeObserver(() => framed.onResize());
    this.observer.observe(this.element);
  }

  close(): void {
    this.turns.stop();
    this.observer.disconnect();
    this.element.remove();
  }

  private toggleHelp(): void {
    this.help.hidden = !this.help.hidden;
  }

  private acted({ key }: KeyboardEvent): boolean {
    if (key === "f") toggleFull(this.element);
    else if (key === "?") this.toggleHelp();
    else if (key === "Escape" && !this.help.hidden) this.help.hidden = true;
    else if (key === "Escape" && document.fullscreenElement) void document.exitFullscreen();
    else return false;
    return true;
  }
}

/** The page around it may have the same keys, as in a presentation. */
function left({ key, target }: KeyboardEvent): boolean {
  if (key === "Escape") (target as HTMLElement).blur();
  return key === "Escape";
}
