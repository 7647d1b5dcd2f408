// A page of its own: the files lie in it as base64.

import { VIEWS } from "./views";

export function standalone(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-explorer-lens]")) {
    const { explorerLens, state, fixed } = place.dataset;
    const files = [...place.querySelectorAll("script")].map(
      (script) => Uint8Array.from(atob(script.textContent!.trim()), (letter) => letter.charCodeAt(0)).buffer,
    );
    VIEWS[explorerLens!](place, files, {
      state: JSON.parse(state!),
      fixed: JSON.parse(fixed!),
      height: "calc(100dvh - 20px)",
      onState: () => {},
    });
  }
}
