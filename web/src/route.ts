/** What a URL of this page shows: `/r/lobby`, `/r/lobby/4712`, `/r/lobby/about/members`, `/dm/alice`, `/join/CODE`, `/settings/look`, or `/` for the list of rooms. */

export type Place =
  | { readonly kind: "rooms" }
  /** `seq`: the message that is shown there. */
  | { readonly kind: "room" | "direct"; readonly name: string; readonly seq?: number }
  /** What there is to know about a room, and to settle; without a part: the list of them. */
  | { readonly kind: "about"; readonly name: string; readonly part?: AboutPart }
  /** The door that a code opens. */
  | { readonly kind: "door"; readonly code: string }
  /** Without a part: the list of them. */
  | { readonly kind: "settings"; readonly part?: SettingsPart };

export const SETTINGS_PARTS = ["look", "writing", "profile", "security", "devices"] as const;
export type SettingsPart = (typeof SETTINGS_PARTS)[number];

export const ABOUT_PARTS = ["general", "members", "invitations", "settings", "reports", "sanctions"] as const;
export type AboutPart = (typeof ABOUT_PARTS)[number];

export const ROOMS: Place = { kind: "rooms" };
export const SETTINGS: Place = { kind: "settings" };
export const LOBBY = { kind: "room", name: "lobby" } as const satisfies Place;

export function placeOf(path: string): Place {
  const door = /^\/join\/([^/]+)\/?$/.exec(path);
  if (door?.[1] !== undefined) return { kind: "door", code: decoded(door[1]) };
  const settings = /^\/settings(?:\/(\w+))?\/?$/.exec(path);
  if (settings !== null) {
    const part = SETTINGS_PARTS.find((one) => one === settings[1]);
    return part === undefined ? SETTINGS : { kind: "settings", part };
  }
  const about = /^\/r\/([^/]+)\/about(?:\/(\w+))?\/?$/.exec(path);
  if (about?.[1] !== undefined) {
    const part = ABOUT_PARTS.find((one) => one === about[2]);
    return { kind: "about", name: decoded(about[1]).toLowerCase(), ...(part === undefined ? {} : { part }) };
  }
  const found = /^\/(r|dm)\/([^/]+)(?:\/([1-9]\d{0,14}))?\/?$/.exec(path);
  if (found?.[2] === undefined) return ROOMS;
  const place = { kind: found[1] === "r" ? "room" : "direct", name: decoded(found[2]).toLowerCase() } as const;
  return found[3] === undefined ? place : { ...place, seq: Number(found[3]) };
}

export function pathOf(place: Place): string {
  switch (place.kind) {
    case "rooms":
      return "/";
    case "room":
    case "direct": {
      const room = `/${place.kind === "room" ? "r" : "dm"}/${encodeURIComponent(place.name)}`;
      return place.seq === undefined ? room : `${room}/${place.seq}`;
    }
    case "about": {
      const about = `/r/${encodeURIComponent(place.name)}/about`;
      return place.part === undefined ? about : `${about}/${place.part}`;
    }
    case "door":
      return `/join/${encodeURIComponent(place.code)}`;
    case "settings":
      return place.part === undefined ? "/settings" : `/settings/${place.part}`;
  }
}

/** Where a room is found, and in it a message; a direct room's name begins with `@`. */
export function placeOfRoom(name: string, seq?: number): Place {
  const place = name.startsWith("@") ? ({ kind: "direct", name: name.slice(1) } as const) : ({ kind: "room", name } as const);
  return seq === undefined ? place : { ...place, seq };
}

/** What the room at this place is called; null where it has no name here. */
export function roomNameOf(place: Place): string | null {
  if (place.kind === "direct") return `@${place.name}`;
  return place.kind === "room" ? place.name : null;
}

/** What is looked for beside the place, as in `/r/lobby?find=plans`; null where no search is open. */
export function soughtIn(search: string): string | null {
  return new URLSearchParams(search).get("find");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
