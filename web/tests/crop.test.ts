import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ZOOM_MOST, middle, moved, zoomOf, zoomed, type Square } from "../src/crop";

const WIDE = { width: 300, height: 100 };

describe("the square of an image", () => {
  test("is the largest one in the middle to begin with", () => {
    expect(middle(WIDE)).toEqual({ left: 100, top: 0, side: 100 });
    expect(middle({ width: 100, height: 300 })).toEqual({ left: 0, top: 100, side: 100 });
    expect(zoomOf(WIDE, middle(WIDE))).toBe(1);
  });

  test("moves as far as the image goes", () => {
    expect(moved(WIDE, middle(WIDE), 0.5, 0.5)).toEqual({ left: 150, top: 0, side: 100 });
    expect(moved(WIDE, middle(WIDE), 9, -9)).toEqual({ left: 200, top: 0, side: 100 });
  });

  test("is shown larger around its middle", () => {
    expect(zoomed(WIDE, middle(WIDE), 2)).toEqual({ left: 125, top: 25, side: 50 });
    expect(zoomed(WIDE, { left: 0, top: 0, side: 50 }, 1)).toEqual({ left: 0, top: 0, side: 100 });
  });

  test("never leaves the image, whatever is done", () => {
    const step = fc.record({ right: fc.double({ min: -3, max: 3, noNaN: true }), down: fc.double({ min: -3, max: 3, noNaN: true }), zoom: fc.double({ min: -1, max: 20, noNaN: true }) });
    const image = fc.record({ width: fc.integer({ min: 1, max: 9_000 }), height: fc.integer({ min: 1, max: 9_000 }) });
    fc.assert(
      fc.property(image, fc.array(step, { maxLength: 20 }), (size, steps) => {
        let square: Square = middle(size);
        for (const { right, down, zoom } of steps) square = zoomed(size, moved(size, square, right, down), zoom);
        const slack = 1e-6;
        expect(square.left).toBeGreaterThanOrEqual(-slack);
        expect(square.top).toBeGreaterThanOrEqual(-slack);
        expect(square.left + square.side).toBeLessThanOrEqual(size.width + slack);
        expect(square.top + square.side).toBeLessThanOrEqual(size.height + slack);
        expect(zoomOf(size, square)).toBeLessThanOrEqual(ZOOM_MOST + slack);
      }),
    );
  });
});
