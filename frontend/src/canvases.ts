// Small pictures drawn large: each pixel a square, the memory block outlined, the next pixel marked.

export interface Size {
  height: number;
  width: number;
}

const MEMORY = "#f08c00";
const NEXT = "#ff3d7f";

let scratch: HTMLCanvasElement | undefined;

/** The canvas as large as it is on the screen, its context in CSS pixels. */
export function sized(canvas: HTMLCanvasElement): { context: CanvasRenderingContext2D; across: number; down: number } {
  const ratio = window.devicePixelRatio;
  const across = canvas.clientWidth;
  const down = canvas.clientHeight;
  const [wide, high] = [Math.round(across * ratio), Math.round(down * ratio)];
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, across, down);
  return { context, across, down };
}

export function pixels(canvas: HTMLCanvasElement, { height, width }: Size, image: Uint8ClampedArray): CanvasRenderingContext2D {
  const { context, across, down } = sized(canvas);
  scratch ??= document.createElement("canvas");
  [scratch.width, scratch.height] = [width, height];
  const small = scratch.getContext("2d")!;
  const data = small.createImageData(width, height);
  data.data.set(image);
  small.putImageData(data, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(scratch, 0, 0, across, down);
  return context;
}

export function tile(
  canvas: HTMLCanvasElement,
  size: Size,
  image: Uint8ClampedArray,
  next: readonly [number, number, number] | null,
  memory: Uint8Array | null,
): void {
  const context = pixels(canvas, size, image);
  const { height, width } = size;
  const x = canvas.clientWidth / width;
  const y = canvas.clientHeight / height;
  const thick = Math.max(1, Math.min(x, 20) / 8);
  if (memory) {
    const inside = (row: number, column: number): number =>
      row >= 0 && row < height && column >= 0 && column < width ? memory[row * width + column] : 0;
    context.beginPath();
    for (let row = 0; row <= height; row++)
      for (let column = 0; column <= width; column++) {
        if (inside(row, column) !== inside(row - 1, column)) {
          context.moveTo(column * x, row * y);
          context.lineTo((column + 1) * x, row * y);
        }
        if (inside(row, column) !== inside(row, column - 1)) {
          context.moveTo(column * x, row * y);
          context.lineTo(column * x, (row + 1) * y);
        }
      }
    context.lineWidth = 2 * thick;
    context.strokeStyle = MEMORY;
    context.stroke();
  }
  if (!next) return;
  context.lineWidth = 1.5 * thick;
  context.strokeStyle = NEXT;
  context.strokeRect(next[1] * x, next[0] * y, x, y);
}
