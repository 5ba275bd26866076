/** How people want to be seen: asked once for whoever is shown, many at once, and kept. */
import type { Appearance, Profile, Profiles as Answer } from "./model";

/** So many are asked for at once: as many as the server answers. */
export const ASKED_MOST = 100;
/** Who is shown within this time is asked for together. */
export const GATHERED_MS = 50;
/** Whoever is shown anew after this long is asked for again: nobody tells that they have another name. */
export const STALE_MS = 600_000;

export interface Asker {
  now(): number;
  later(ms: number, run: () => void): () => void;
  /** Rejects where there is no answer. */
  ask(users: number[]): Promise<Answer>;
}

export class Profiles {
  private known: ReadonlyMap<number, Profile> = $state.raw(new Map());
  private readonly askedAt = new Map<number, number>();
  private readonly wanted = new Set<number>();
  private cancel: (() => void) | null = null;
  private connected = false;

  constructor(private readonly asker: Asker) {}

  /** What is known of somebody, at once; what is not known comes later, and whatever shows it follows. */
  of(user: number): Profile | undefined {
    const asked = this.askedAt.get(user);
    if (asked === undefined || this.asker.now() - asked > STALE_MS) this.want(user);
    return this.known.get(user);
  }

  /** Ask again: they may be here by now, or show something else. Null where there is no answer, or nobody. */
  async look(user: number): Promise<Profile | null> {
    await this.fetch([user]);
    return this.known.get(user) ?? null;
  }

  /** Somebody told how they are seen now. */
  learn(profiles: readonly Profile[]): void {
    if (profiles.length === 0) return;
    const known = new Map(this.known);
    for (const profile of profiles) known.set(profile.id, profile);
    this.known = known;
  }

  /** They want to be seen so from now on; whoever is not known is asked for when shown. */
  appeared(users: readonly Appearance[]): void {
    const met = users.map((one) => ({ one, had: this.known.get(one.id) }));
    this.learn(met.flatMap(({ one, had }) => (had === undefined ? [] : [seen(had, one)])));
  }

  connect(): void {
    this.connected = true;
    if (this.wanted.size > 0) this.soon();
  }

  disconnect(): void {
    this.connected = false;
    this.cancel?.();
    this.cancel = null;
  }

  /** Whoever comes next may be somebody else, on another server. */
  forget(): void {
    this.disconnect();
    this.known = new Map();
    this.askedAt.clear();
    this.wanted.clear();
  }

  private want(user: number): void {
    this.askedAt.set(user, this.asker.now());
    this.wanted.add(user);
    if (this.connected) this.soon();
  }

  private soon(): void {
    this.cancel ??= this.asker.later(GATHERED_MS, () => {
      this.cancel = null;
      const users = [...this.wanted].slice(0, ASKED_MOST);
      for (const user of users) this.wanted.delete(user);
      void this.fetch(users).then(() => {
        if (this.connected && this.wanted.size > 0) this.soon();
      });
    });
  }

  private async fetch(users: number[]): Promise<void> {
    try {
      this.learn((await this.asker.ask(users)).profiles);
    } catch {
      for (const user of users) this.askedAt.delete(user); // whoever shows them next asks again
    }
  }
}

/** What is absent was taken back. */
function seen({ display_name: _name, colour: _colour, avatar: _avatar, ...rest }: Profile, now: Appearance): Profile {
  return { ...rest, ...now };
}
