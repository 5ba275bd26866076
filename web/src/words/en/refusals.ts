/** What the server refuses and how it says goodbye: it speaks English, and knows best why. */
import type { Code } from "../../model";

export const refusals = {
  /** What was wrong, and how the server said it. */
  sentence: (_code: Code, said: string): string => said,
  /** Why the connection ended for good. */
  ended: (_close: number, said: string): string => said || "The server ended the connection.",
};
