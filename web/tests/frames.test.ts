import { expect, test } from "vitest";
import { Frames } from "../src/frames";

/** A screen that paints, or lets time pass, when it is told to. */
class Screen {
  frames = new Map<number, () => void>();
  timers = new Map<number, () => void>();
  private next = 1;
  requestAnimationFrame = (run: () => void) => this.put(this.frames, run);
  cancelAnimationFrame = (frame: number) => void this.frames.delete(frame);
  setTimeout = (run: () => void) => this.put(this.timers, run);
  clearTimeout = (timer: number) => void this.timers.delete(timer);

  fire(waiting: Map<number, () => void>): void {
    const [first] = waiting.values();
    waiting.clear();
    first?.();
  }

  private put(where: Map<number, () => void>, run: () => void): number {
    where.set(this.next, run);
    return this.next++;
  }
}

function counted() {
  const screen = new Screen();
  const done = { times: 0 };
  return { screen, done, frames: new Frames(screen, () => (done.times += 1)) };
}

test("is done once in a frame, and again in the next", () => {
  const { screen, done, frames } = counted();
  frames.soon();
  frames.soon();
  expect(done.times).toBe(0);
  screen.fire(screen.frames);
  expect(done.times).toBe(1);
  expect(screen.timers.size).toBe(0);
  frames.soon();
  screen.fire(screen.frames);
  expect(done.times).toBe(2);
});

test("is done where nothing is painted", () => {
  const { screen, done, frames } = counted();
  frames.soon();
  screen.fire(screen.timers);
  expect(done.times).toBe(1);
  expect(screen.frames.size).toBe(0);
});

test("what was done at once is not done again", () => {
  const { screen, done, frames } = counted();
  frames.soon();
  frames.now();
  expect([done.times, screen.frames.size, screen.timers.size]).toEqual([1, 0, 0]);
});
