"""Keys of the whole page, as those of a presenter's remote: each presses the first of its buttons that is there."""

from __future__ import annotations

import json

import streamlit as st

__all__ = ["listen"]

PRESSES = {
    "PageDown": ("lesson next", "present next"),
    "PageUp": ("lesson back", "present back"),
    "ArrowRight": ("lesson next", "present next"),
    "ArrowLeft": ("lesson back", "present back"),
    "ArrowDown": ("present next",),
    "ArrowUp": ("present back",),
    "t": ("present next tab",),
    "T": ("present last tab",),
    "p": ("present leave", "present enter"),
    **{str(number): (f"lesson answer {number}",) for number in range(1, 5)},
}
"""By key, the keys of Streamlit's buttons."""
SCRIPT = """<script>
(() => {
  if (window.explorerKeys) return;
  window.explorerKeys = true;
  const presses = %s;
  // While a lens has the focus all other keys are its own; Esc gives them back.
  const ofThePage = ["PageDown", "PageUp", "p", "b"];
  const writing = "input:not([type=range]), textarea, select, [contenteditable=true]";
  const moving = "input[type=range], [role=slider], [role=radio], [role=radiogroup], [role=tab], [role=listbox], [role=option], [role=grid], [role=menu], canvas";
  const pressed = event => {
    const { key } = event;
    const [target] = event.composedPath();  // within a lens, too
    if (event.ctrlKey || event.altKey || event.metaKey || !target.closest || target.closest(writing)) return;
    if (key.startsWith("Arrow") && target.closest(moving)) return;
    if (target.closest(".lens") && !ofThePage.includes(key)) return;
    const presenting = document.querySelector(".st-key-presented, .st-key-presented-lens");
    if (presenting && key === "b") return void document.body.classList.toggle("explorer-blank");
    if (presenting && key === "f")
      return void (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
    for (const name of presses[key] || []) {
      const button = document.querySelector(`.st-key-${name.replaceAll(" ", "-")} button`);
      if (!button) continue;
      event.preventDefault();
      event.stopPropagation();
      document.body.classList.remove("explorer-blank");
      if (!button.disabled && !event.repeat) button.click();
      return;
    }
  };
  addEventListener("keydown", pressed, true);
})();
</script>"""


def listen() -> None:
    """Have the browser listen, once for all pages."""
    st.html(SCRIPT % json.dumps(PRESSES), unsafe_allow_javascript=True)
