/** Which square of an image is taken: arithmetic in pixels of the image. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A square, by its upper left corner. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** So many times the largest square is shown larger, at most. */
export const ZOOM_MOST = 8;

/** The largest square, in the middle. */
export function middle(image: Size): Square {
  const side = Math.min(image.width, image.height);
  return { left: (image.width - side) / 2, top: (image.height - side) / 2, side };
}

/** How many times it is shown larger than the largest one. */
export function zoomOf(image: Size, square: Square): number {
  return middle(image).side / square.side;
}

/** The square moved so far to the right and down, in parts of its side, as far as the image goes. */
export function moved(image: Size, square: Square, right: number, down: number): Square {
  const left = within(square.left + right * square.side, image.width - square.side);
  const top = within(square.top + down * square.side, image.height - square.side);
  return { ...square, left, top };
}

/** The square around the same middle, shown so many times larger than the largest one. */
export function zoomed(image: Size, square: Square, zoom: number): Square {
  const side = middle(image).side / Math.min(Math.max(zoom, 1), ZOOM_MOST);
  const aside = (square.side - side) / 2;
  return moved(image, { left: square.left + aside, top: square.top + aside, side }, 0, 0);
}

function within(place: number, most: number): number {
  return Math.min(Math.max(place, 0), most);
}
