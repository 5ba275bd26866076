/** One thing that a form asks of the server: whether it is under way, and what came of it. */
import { sentence } from "./text";

export class Asking {
  busy = $state(false);
  /** Why it was not done. */
  refusal: string | null = $state(null);
  /** That it was. */
  done: string | null = $state(null);

  /** Gives null when it was refused, or when it is asked already. */
  async run<T>(ask: () => Promise<T>, done: string | null = null): Promise<T | null> {
    if (this.busy) return null;
    this.busy = true;
    this.refusal = this.done = null;
    try {
      const answer = await ask();
      this.done = done;
      return answer;
    } catch (why) {
      this.refusal = sentence(why);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
