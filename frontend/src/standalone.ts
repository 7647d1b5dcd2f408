// A page of its own: the buffer lies in it as base64.

import { Lens } from "./lens";

export function standalone(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-explorer-lens]")) {
    const text = place.querySelector("script")!.textContent!;
    const state = JSON.parse(place.dataset.explorerLens || "{}");
    const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
    new Lens(place, bytes.buffer, { state, height: "calc(100dvh - 20px)" });
  }
}
