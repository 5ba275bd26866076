/** What is worth a word outside the page: an unread message to somebody who does not look. */
import type { Said } from "./model";
import { titleOf, type Room, type State } from "./state";
import { gistOf } from "./markdown";
import { t } from "./words/words.svelte";

/** Whether it is another's and unread. By what is unread, not by who is here. */
export function isNews(state: State, said: Said): boolean {
  const room = state.rooms.get(said.room);
  return room !== undefined && said.from.id !== state.me?.id && said.deleted !== true && said.seq > room.read;
}

/** Whether it is news of which they want to be told in this room, as far as is known by now. */
export function concerns(state: State, said: Said): boolean {
  const room = state.rooms.get(said.room);
  if (room === undefined || room.notify === "nothing" || !isNews(state, said)) return false;
  return room.notify === "all" || room.mentioned.includes(said.seq);
}

export function headlineOf(room: Room, said: Said): { title: string; body: string } {
  return { title: titleFor(room, said.from.name), body: (gistOf(said.text) || (said.file?.name ?? "")).slice(0, 200) };
}

function titleFor(room: Room, name: string): string {
  if (room.kind !== "direct") return t.talk.headlineIn(name, room.name);
  return room.participants.length > 2 ? t.talk.headlineTo(name, titleOf(room)) : name;
}

/** Whether this tab speaks for all of them. Where the browser has no locks, each does: equal notices replace each other. */
export class Lead {
  private held = true;

  constructor(locks: LockManager | undefined) {
    if (locks === undefined) return;
    this.held = false;
    // Held for as long as the tab lives; then the next one in the queue has it.
    void locks.request("chatd.lead", () => {
      this.held = true;
      return new Promise<never>(() => {});
    });
  }

  get is(): boolean {
    return this.held;
  }
}

/** Two soft tones. */
export function chime(): void {
  const audio = new AudioContext();
  for (const [index, hertz] of [660, 880].entries()) {
    const tone = new OscillatorNode(audio, { frequency: hertz });
    const loud = new GainNode(audio, { gain: 0 });
    const at = audio.currentTime + index * 0.12;
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(0.12, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
    tone.connect(loud).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.4);
    if (index === 1) tone.onended = () => void audio.close();
  }
}
