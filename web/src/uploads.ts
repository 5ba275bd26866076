/** Files on their way to a room; each becomes a message there by itself. */
import { Refusal } from "./connection";
import type { Error as Refused, Uploaded } from "./model";
import { refusalText } from "./text";
import { t } from "./words/words.svelte";

export interface Upload {
  readonly key: string;
  readonly room: number;
  readonly name: string;
  readonly bytes: number;
  /** Bytes that the browser has handed on. */
  readonly sent: number;
  /** Why it did not arrive; until it is known, it is on its way. */
  readonly why?: string;
}

export interface Parcel {
  readonly room: number;
  readonly name: string;
  readonly body: Blob;
  readonly reply_to?: number;
}

export class Uploads {
  private all: readonly Upload[] = [];
  private readonly sending = new Map<string, { readonly parcel: Parcel; stop: () => void }>();

  constructor(
    private readonly put: (address: string, body: Blob, signal: AbortSignal, sent: (bytes: number) => void) => Promise<Uploaded | Refused>,
    private readonly newKey: () => string,
    /** Told after each change. */
    private readonly changed: (all: readonly Upload[]) => void,
  ) {}

  add(parcel: Parcel): Promise<void> {
    const key = this.newKey();
    this.become([...this.all, begun(key, parcel)]);
    return this.send(key, parcel);
  }

  /** The key is the same, so what arrived before its answer was lost is not there twice. */
  async retry(key: string): Promise<void> {
    const parcel = this.sending.get(key)?.parcel;
    if (parcel === undefined) return;
    this.become(this.all.map((one) => (one.key === key ? begun(key, parcel) : one)));
    await this.send(key, parcel);
  }

  cancel(key: string): void {
    this.sending.get(key)?.stop();
    this.forget(key);
  }

  /** Nobody is logged in any more. */
  close(): void {
    for (const { key } of this.all) this.cancel(key);
  }

  private async send(key: string, parcel: Parcel): Promise<void> {
    const stopping = new AbortController();
    this.sending.set(key, { parcel, stop: () => stopping.abort() });
    let why: string;
    try {
      const answer = await this.put(addressOf(key, parcel), parcel.body, stopping.signal, (sent) => this.progress(key, sent));
      if (answer.type === "ok") {
        this.forget(key);
        return;
      }
      why = refusalText(new Refusal(answer.code, answer.text));
    } catch {
      why = t.talk.connectionLost;
    }
    this.become(this.all.map((one) => (one.key === key ? { ...one, why } : one)));
  }

  private progress(key: string, sent: number): void {
    this.become(this.all.map((one) => (one.key === key ? { ...one, sent } : one)));
  }

  private forget(key: string): void {
    this.sending.delete(key);
    this.become(this.all.filter((one) => one.key !== key));
  }

  private become(all: readonly Upload[]): void {
    this.all = all;
    this.changed(all);
  }
}

function begun(key: string, { room, name, body }: Parcel): Upload {
  return { key, room, name, bytes: body.size, sent: 0 };
}

function addressOf(key: string, { room, name, reply_to }: Parcel): string {
  const more = new URLSearchParams({ key, ...(reply_to === undefined ? {} : { reply_to: String(reply_to) }) });
  return `/api/files/${room}/${encodeURIComponent(name)}?${more}`;
}
