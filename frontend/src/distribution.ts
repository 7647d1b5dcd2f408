// The distribution of the next value as bars: the model's pale and wide, what is drawn from strong and narrow.

import { sized } from "./canvases";
import type { Generated } from "./generated";
import { clamp } from "./state";
import { percent } from "./words";

const BELOW = 32;
const ABOVE = 26;
/** Values whose numbers have room below their bars. */
const NUMBERED = 20;

export function distribution(canvas: HTMLCanvasElement, data: Generated, step: number, said: Float32Array, kept: Float32Array): void {
  const { context, across, down } = sized(canvas);
  const look = getComputedStyle(canvas);
  const accent = look.getPropertyValue("--accent").trim();
  const base = down - BELOW;
  const most = Math.max(...said, ...kept);
  const each = across / said.length;
  const [, , channel] = data.place(step);
  const bars = (row: Float32Array, share: number, opacity: number): void => {
    context.globalAlpha = opacity;
    row.forEach((probability, value) => {
      const height = ((base - ABOVE) * probability) / most;
      context.fillRect((value + (1 - share) / 2) * each, base - height, share * each, height);
    });
    context.globalAlpha = 1;
  };
  context.fillStyle = look.color;
  bars(said, 0.9, 0.3);
  context.fillStyle = accent;
  bars(kept, 0.55, 1);
  context.font = `11px ${look.fontFamily}`;
  context.textAlign = "center";
  for (let value = 0; value < said.length; value++) {
    const at = 3 * (value * data.channels.length + channel);
    context.fillStyle = `rgb(${data.colours.subarray(at, at + 3).join(" ")})`;
    context.fillRect((value + 0.1) * each, base + 3, Math.max(0.8 * each, 1), 9);
    if (said.length > NUMBERED) continue;
    context.strokeStyle = "rgb(128 134 146 / 0.8)";
    context.lineWidth = 1;
    context.strokeRect((value + 0.1) * each, base + 3, 0.8 * each, 9);
    context.fillStyle = look.color;
    context.fillText(String(value), (value + 0.5) * each, down - 5);
  }
  const drawn = data.drawn[step];
  const x = (drawn + 0.5) * each;
  const top = base - ((base - ABOVE) * kept[drawn]) / most;
  context.beginPath();
  context.moveTo(x, top - 1);
  context.lineTo(x - 6, top - 11);
  context.lineTo(x + 6, top - 11);
  context.closePath();
  context.fillStyle = "#ff3d7f";
  context.fill();
  context.fillStyle = look.color;
  context.fillText(percent(kept[drawn]), clamp(x, 22, across - 22), top - 14);
}
