// What lies under the small maps: the part of the photograph that the model sees, small, grey and dark, so that the
// light on it is seen.

import type { Place } from "./places";

const WIDTH = 160;

/** The address of the thumbnail of this part of the photograph; `ratio` is its width over its height. */
export async function thumbnail(address: string, place: Place, ratio: number): Promise<string> {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = Math.max(1, Math.round(WIDTH / ratio));
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const across = canvas.width / place.width;
  const down = canvas.height / place.height;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, -place.left * across, -place.top * down, across, down);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < pixels.data.length; at += 4) {
    const [red, green, blue] = pixels.data.subarray(at, at + 3);
    pixels.data.fill(18 + 0.6 * (0.299 * red + 0.587 * green + 0.114 * blue), at, at + 3);
  }
  context.putImageData(pixels, 0, 0);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done));
  return URL.createObjectURL(blob!);
}
