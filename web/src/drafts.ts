/** What somebody began to write in each room and has not sent: it survives a reload. */
import type { Shelf } from "./outbox";

export class Drafts {
  private readonly texts = new Map<number, string>();
  private shelfName = "";

  constructor(private readonly shelf: Shelf) {}

  /** From now on they are this user's. */
  open(user: number): void {
    const name = `chatd.draft.${user}.`;
    if (name === this.shelfName) return;
    this.texts.clear();
    this.shelfName = name;
  }

  /** Nobody is logged in any more; with `forever`, what they began is thrown away. */
  close(forever: boolean): void {
    if (forever && this.shelfName !== "") for (const name of this.names()) this.shelf.removeItem(name);
    this.texts.clear();
    this.shelfName = "";
  }

  of(room: number): string {
    const text = this.texts.get(room);
    if (text !== undefined || this.shelfName === "") return text ?? "";
    try {
      return this.shelf.getItem(this.shelfName + room) ?? "";
    } catch {
      return "";
    }
  }

  keep(room: number, text: string): void {
    this.texts.set(room, text);
    if (this.shelfName === "") return;
    try {
      if (text === "") this.shelf.removeItem(this.shelfName + room);
      else this.shelf.setItem(this.shelfName + room, text);
    } catch {
      // The storage is full or forbidden: the draft lives as long as the page.
    }
  }

  private names(): string[] {
    const all = Array.from({ length: this.shelf.length }, (_, index) => this.shelf.key(index) ?? "");
    return all.filter((name) => name.startsWith(this.shelfName));
  }
}
