// Jupyter, by anywidget: the buffer and the state are traits of the Python object.

import { Lens } from "./lens";
import type { State } from "./state";

interface Model {
  get(name: "buffer"): DataView;
  get(name: "state"): Partial<State>;
  get(name: "height"): string;
  set(name: "state", value: State): void;
  save_changes(): void;
  on(event: "change:state", told: () => void): void;
  off(event: "change:state", told: () => void): void;
}

export function jupyter({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const view = model.get("buffer");
  const buffer = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer;
  const lens = new Lens(el, buffer, {
    state: model.get("state"),
    height: model.get("height"),
    onState: (state) => {
      model.set("state", state);
      model.save_changes();
    },
  });
  const told = (): void => lens.show(model.get("state"));
  model.on("change:state", told);
  return () => {
    model.off("change:state", told);
    lens.close();
  };
}
