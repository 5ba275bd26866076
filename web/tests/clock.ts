/** Time that passes when it is told to. */
export class Clock {
  now = 1_764_000_000_000;
  private timers: { at: number; run: () => void }[] = [];

  later = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.now + ms, run };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((one) => one !== timer));
  };

  /** Let time pass; what is due is run in its order, and what was promised meanwhile is kept. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await settled();
    for (;;) {
      const [next] = this.timers.filter((timer) => timer.at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
      await settled();
    }
    this.now = end;
  }

  /** Milliseconds until the next timer. */
  get next(): number {
    return Math.min(...this.timers.map((timer) => timer.at)) - this.now;
  }
}

/** Every promise that can be kept now has been kept. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
