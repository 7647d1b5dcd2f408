// Where the grid lies on the photograph: the exact inverse of the model's own crop.

import type { Frame, Grid } from "./wire";

/** A rectangle in shares of the photograph's width and height. */
export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

export function placeOf(frame: Frame, grid: Grid): Place {
  return {
    left: -frame.column_offset / frame.column_scale / frame.photo_width,
    top: -frame.row_offset / frame.row_scale / frame.photo_height,
    width: grid.width / frame.column_scale / frame.photo_width,
    height: grid.height / frame.row_scale / frame.photo_height,
  };
}

/** The cell under a point of the photograph, given in shares of its sides; null outside the grid. */
export function cellAt(place: Place, grid: Grid, x: number, y: number): number | null {
  const column = Math.floor(((x - place.left) / place.width) * grid.columns);
  const row = Math.floor(((y - place.top) / place.height) * grid.rows);
  if (column < 0 || row < 0 || column >= grid.columns || row >= grid.rows) return null;
  return row * grid.columns + column;
}

export function placeOfCell(place: Place, grid: Grid, cell: number): Place {
  const width = place.width / grid.columns;
  const height = place.height / grid.rows;
  const row = Math.floor(cell / grid.columns);
  return { left: place.left + (cell % grid.columns) * width, top: place.top + row * height, width, height };
}
