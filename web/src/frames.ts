/** Something that is done once a frame, however often it is asked for. */

/** Where nothing is painted, as in a tab that is not seen, it is done after this. */
const UNSEEN_MS = 250;

export interface Screen {
  requestAnimationFrame(run: () => void): number;
  cancelAnimationFrame(frame: number): void;
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(timer: number): void;
}

export class Frames {
  private due: { readonly frame: number; readonly timer: number } | null = null;

  constructor(
    private readonly screen: Screen,
    private readonly work: () => void,
  ) {}

  soon(): void {
    if (this.due !== null) return;
    const run = () => this.now();
    this.due = { frame: this.screen.requestAnimationFrame(run), timer: this.screen.setTimeout(run, UNSEEN_MS) };
  }

  /** At once, and then it is no longer due. */
  now(): void {
    if (this.due !== null) {
      this.screen.cancelAnimationFrame(this.due.frame);
      this.screen.clearTimeout(this.due.timer);
      this.due = null;
    }
    this.work();
  }
}
