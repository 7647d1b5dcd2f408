// What keys and clicks do to what is shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { paint, scaled } from "../src/colours";
import { cellAt, placeOf, placeOfCell } from "../src/places";
import { bounded, type Bounds, cursorOf, neighbour, opening, pinned, pressed } from "../src/state";

const bounds: Bounds = { layers: 4, heads: 3, prefix: 2, tokens: 2 + 3 * 5, columns: 5, queries: 0, decoders: 0, rowsOnly: false };
const opened = opening(bounds);

test("arrows move layer and head, and stop at the ends", () => {
  assert.equal(pressed(opened, "ArrowUp", bounds)!.layer, 3);
  assert.equal(pressed(opened, "ArrowDown", bounds)!.layer, 2);
  assert.equal(pressed(opened, "ArrowLeft", bounds)!.head, -1);
  assert.equal(pressed({ ...opened, head: 2 }, "ArrowRight", bounds)!.head, 2);
});

test("in a rollout the arrows move its depth, which is never before its start", () => {
  const rollout = { ...opened, mode: "rollout" as const, start: 2, stop: 3 };
  assert.equal(pressed(rollout, "ArrowDown", bounds)!.stop, 2);
  assert.equal(pressed({ ...rollout, stop: 2 }, "ArrowDown", bounds)!.stop, 2);
});

test("c asks the class token first, then the other tokens that are no patch", () => {
  const fromPin = pressed({ ...opened, pins: [9], token: 1 }, "c", bounds)!;
  assert.deepEqual([fromPin.pins, fromPin.token], [[], 0]);
  assert.equal(pressed(fromPin, "c", bounds)!.token, 1);
  assert.equal(pressed(opened, "c", { ...bounds, prefix: 0 }), null);
});

test("a second pin compares, a third takes its place, and a click on a pin removes it", () => {
  const two = pinned(pinned(opened, 5), 9);
  assert.deepEqual(two.pins, [5, 9]);
  assert.deepEqual(pinned(two, 12).pins, [5, 12]);
  assert.deepEqual(pinned(two, 5).pins, [9]);
});

test("only a DETR has queries, whose decoder layer the arrows move", () => {
  assert.equal(pressed(opened, "q", bounds), null);
  const detr = { ...bounds, queries: 20, decoders: 2 };
  const asked = pressed(opening(detr), "q", detr)!;
  assert.deepEqual([asked.mode, asked.decoder], ["queries", 1]);
  assert.equal(pressed(asked, "ArrowDown", detr)!.decoder, 0);
  assert.equal(bounded(asked, bounds).mode, "attention");
});

test("where rows come from the server, there are no columns", () => {
  const few = { ...bounds, rowsOnly: true };
  assert.equal(pressed(opened, "r", few)!.mode, "rollout");
  assert.equal(bounded({ ...opened, mode: "attended" }, few).mode, "attention");
});

test("whatever is asked, what is shown exists", () => {
  const wild = { ...opened, layer: 99, head: -7, discard: 2, residual: -1, start: 9, stop: 0, pins: [0, 1, 4, 99], token: 99 };
  const state = bounded(wild, bounds);
  assert.deepEqual(
    [state.layer, state.head, state.discard, state.residual, state.start, state.stop, state.pins, state.token],
    [3, -1, 0.95, 0, 3, 3, [4], 16],
  );
});

test("the keyboard's cursor moves over the patches and stays on the grid", () => {
  const middle = cursorOf(opened, null, bounds);
  assert.equal(middle, 2 + 1 * 5 + 2);
  assert.equal(neighbour(middle, "ArrowUp", bounds), middle - 5);
  assert.equal(neighbour(2, "ArrowLeft", bounds), 2);
  assert.equal(neighbour(16, "ArrowDown", bounds), 16);
});

test("a point of the photograph is in the cell whose place holds it", () => {
  // A crop: the photograph is wider than what the model sees of it.
  const frame = { photo_height: 220, photo_width: 400, input_height: 100, input_width: 100, row_scale: 0.5, column_scale: 0.5, row_offset: -5, column_offset: -50 };
  const grid = { rows: 4, columns: 5, height: 100, width: 100 };
  const place = placeOf(frame, grid);
  const { left, top, width, height } = place;
  assert.deepEqual([left, top, width, height], [0.25, 10 / 220, 0.5, 200 / 220]);
  for (let cell = 0; cell < 20; cell++) {
    const { left, top, width, height } = placeOfCell(place, grid, cell);
    assert.equal(cellAt(place, grid, left + width / 2, top + height / 2), cell);
  }
  assert.equal(cellAt(place, grid, 0.1, 0.5), null);
});

test("opacity follows the weight, and a logarithmic scale shows three powers of ten", () => {
  const pixels = new Uint8ClampedArray(4 * 3);
  paint(pixels, [Float32Array.of(9, 0, 0.5, 1)], 1, 1, false, false);
  const [none, half, full] = [pixels[3], pixels[7], pixels[11]];
  assert.ok(none === 0 && half > 0 && half < full && full < 255);
  assert.equal(scaled(0.001, 1, true), 0);
  assert.ok(Math.abs(scaled(Math.sqrt(0.001), 1, true) - 0.5) < 1e-12);
});
