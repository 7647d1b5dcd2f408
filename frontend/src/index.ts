// The homes of the lens: Streamlit and Jupyter call what this module exports; a page of its own holds the buffer.

import { Lens } from "./lens";
import type { State } from "./state";
import { jupyter } from "./jupyter";
import { standalone } from "./standalone";
import { streamlit, type StreamlitComponent } from "./streamlit";

export { Lens, type State };

/** Streamlit calls it with its component, anywidget without anything. */
export default function home(component?: StreamlitComponent): unknown {
  if (!component) return { render: jupyter };
  // What shows a lens there is sent with every run, so it holds no more than a wait for this.
  (globalThis.explorerLens ??= Promise.withResolvers()).resolve(streamlit);
  return streamlit(component);
}

standalone();
