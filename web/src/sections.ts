/** In which order rooms stand in the list of them. */
import { LOBBY } from "./route";
import type { Room } from "./state";

const NAMES = new Intl.Collator(undefined, { numeric: true });

/** The rooms in the order of the list: first those of many, the lobby before all; then the direct ones. */
export function inOrder(rooms: Iterable<Room>): readonly Room[] {
  return [...rooms].sort((one, other) => rank(one) - rank(other) || NAMES.compare(one.name, other.name));
}

/** The next room that is `wanted`, from the one that is open on, and from the other end again; null where there is none. */
export function neighbour(rooms: readonly Room[], open: number | null, by: 1 | -1, wanted: (room: Room) => boolean): Room | null {
  const at = rooms.findIndex((room) => room.id === open);
  const after = [...rooms.slice(at + 1), ...rooms.slice(0, Math.max(at, 0))];
  const before = at < 0 ? [...rooms] : [...rooms.slice(at + 1), ...rooms.slice(0, at)];
  return (by === 1 ? after.find(wanted) : before.findLast(wanted)) ?? null;
}

function rank(room: Room): number {
  if (room.kind === "direct") return 2;
  return room.name === LOBBY.name ? 0 : 1;
}
