/**
 * What may be offered to somebody: the table of docs/permissions.md, of which a test proves that it says the same.
 * The server has the last word.
 */
import type { LoggedIn, RoomState } from "./model";
import type { Room, State } from "./state";

/** Whom an action is for; moderators are owners and whoever stands above them, too. */
export type Rule = "anyone" | "invited" | "members" | "moderators" | "owners" | "nobody";
export type RoomRole = NonNullable<RoomState["role"]>;
export type ServerRole = NonNullable<LoggedIn["role"]>;

const ALL = "members" as const;
const MODERATORS = "moderators" as const;
const OWNERS = "owners" as const;
const NOBODY = "nobody" as const;

type Row = readonly [open: Rule, secret: Rule, direct: Rule, moderated?: Rule | "", archived?: Rule];
const VOICE: Row = [ALL, ALL, ALL, MODERATORS, NOBODY];
const MODERATION: Row = [MODERATORS, MODERATORS, NOBODY];
const OWNERSHIP: Row = [OWNERS, OWNERS, NOBODY];

/** Whom an action in a room is for: in a public, a private and a direct one; in a moderated and an archived one as well. */
export const TABLE = {
  JOIN: ["anyone", "invited", ALL, "", NOBODY],
  LEAVE: [ALL, ALL, NOBODY],
  READ: [ALL, ALL, ALL],
  SPEAK: VOICE,
  EDIT_OWN: VOICE,
  DELETE_OWN: [ALL, ALL, ALL],
  DELETE_OTHERS: MODERATION,
  REACT: [ALL, ALL, ALL, "", NOBODY],
  TOPIC: [ALL, ALL, NOBODY, MODERATORS, NOBODY],
  PIN: [MODERATORS, ALL, ALL, MODERATORS, NOBODY],
  MENTION_ALL: [MODERATORS, ALL, ALL, MODERATORS, NOBODY],
  INVITE: [ALL, ALL, NOBODY, "", NOBODY],
  KICK: MODERATION,
  BAN: MODERATION,
  MUTE: MODERATION,
  SEE_REPORTS: MODERATION,
  SEE_AUDIT: MODERATION,
  SET_ROLE: OWNERSHIP,
  CONFIGURE: OWNERSHIP,
  RENAME: OWNERSHIP,
  ARCHIVE: OWNERSHIP,
  DESTROY: OWNERSHIP,
} as const satisfies Record<string, Row>;

export type Action = keyof typeof TABLE;

const ROOM_RANKS: Record<RoomRole, number> = { member: 2, moderator: 3, owner: 4 };
const SERVER_RANKS: Record<ServerRole, number> = { guest: 2, bot: 2, user: 2, admin: 5, owner: 6 };
const LEAST: Readonly<Partial<Record<string, number>>> = { [MODERATORS]: ROOM_RANKS.moderator, [OWNERS]: ROOM_RANKS.owner, [NOBODY]: 9 };

/** How high a member stands in a room: people act on those below themselves only. */
export function rankOf(kind: Room["kind"], role: RoomRole, server: ServerRole): number {
  return kind === "direct" ? ROOM_RANKS.member : Math.max(ROOM_RANKS[role], SERVER_RANKS[server]);
}

/** How high the reader stands in a room of theirs. */
export function rankIn(state: State, room: Room): number {
  return rankOf(room.kind, room.role, state.role);
}

/** Whether the reader may do this in a room of theirs. */
export function may(state: State, room: Room, action: Action): boolean {
  if (room.ended && action !== "READ" && action !== "DELETE_OWN") return false;
  const rank = rankIn(state, room);
  const [open, secret, direct, moderated, archived]: Row = TABLE[action];
  const rules = [{ public: open, private: secret, direct }[room.kind], room.moderated ? moderated : "", room.archived ? archived : ""];
  return rules.every((rule = "") => rank >= (LEAST[rule] ?? 0));
}

/** What the lobby is for everybody: nobody renames, archives or deletes it. */
export function isLobby(room: Room): boolean {
  return room.name === "lobby";
}

/** Whether the reader does things on the server that others may not. */
export function isAdmin(state: State): boolean {
  return SERVER_RANKS[state.role] >= SERVER_RANKS.admin;
}

/** Whether the reader stands above who has this role on the server. */
export function outranks(state: State, other: ServerRole): boolean {
  return SERVER_RANKS[state.role] > SERVER_RANKS[other];
}
