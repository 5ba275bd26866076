/** What a URL of this page shows: `/r/lobby`, `/dm/alice`, `/join/CODE`, or `/` for the list of rooms. */

export type Place =
  | { readonly kind: "rooms" }
  | { readonly kind: "room"; readonly name: string }
  | { readonly kind: "direct"; readonly name: string }
  /** The door that a code opens. */
  | { readonly kind: "door"; readonly code: string };

export const ROOMS: Place = { kind: "rooms" };
export const LOBBY = { kind: "room", name: "lobby" } as const satisfies Place;

export function placeOf(path: string): Place {
  const found = /^\/(r|dm|join)\/([^/]+)\/?$/.exec(path);
  if (found?.[2] === undefined) return ROOMS;
  if (found[1] === "join") return { kind: "door", code: decoded(found[2]) };
  return { kind: found[1] === "r" ? "room" : "direct", name: decoded(found[2]).toLowerCase() };
}

export function pathOf(place: Place): string {
  switch (place.kind) {
    case "rooms":
      return "/";
    case "room":
      return `/r/${encodeURIComponent(place.name)}`;
    case "direct":
      return `/dm/${encodeURIComponent(place.name)}`;
    case "door":
      return `/join/${encodeURIComponent(place.code)}`;
  }
}

/** Where a room is found; a direct room's name begins with `@`. */
export function placeOfRoom(name: string): Place {
  return name.startsWith("@") ? { kind: "direct", name: name.slice(1) } : { kind: "room", name };
}

/** What the room at this place is called; null where it has no name here. */
export function roomNameOf(place: Place): string | null {
  if (place.kind === "rooms" || place.kind === "door") return null;
  return place.kind === "direct" ? `@${place.name}` : place.name;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
