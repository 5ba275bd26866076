// Generated from chatd/model by web/generate_model.py. Do not edit.
// source 65c7907a40522795696e12a5a2c74e45359527bcb8a2d72063e805bdbe52ccb6
// body ee5d7650bce5d16124ee55c7526272f0170a18032a51103adb579284ed7bacac

/**
 * Everything that travels, in either direction.
 */
export type Frame = Command | Event;
/**
 * Everything that a client may ask.
 */
export type Command =
  | Login
  | Register
  | Link
  | Logout
  | Attach
  | Detach
  | Join
  | Leave
  | Create
  | Topic
  | Direct
  | Invite
  | Uninvite
  | MakeLink
  | Openings
  | Invitations
  | Decline
  | Say
  | Upload
  | Icon
  | NewBot
  | Bots
  | EndBot
  | Edit
  | Delete
  | React
  | Pin
  | Pins
  | Draw
  | History
  | Read
  | Notify
  | Mentions
  | Search
  | Rooms
  | Who
  | Members
  | Role
  | Configure
  | Rename
  | Archive
  | Destroy
  | Kick
  | Ban
  | Unban
  | Mute
  | Unmute
  | Purge
  | Sanctions
  | Audit
  | LockDown
  | ReportMessage
  | Reports
  | CloseReport
  | Claim
  | Typing
  | Prefer
  | Away
  | Status
  | Appear
  | Users
  | Ignore
  | Unignore
  | Ignored
  | Password
  | DeleteAccount
  | Totp
  | ListUsers
  | AskLimits
  | Sessions
  | End
  | Tokens
  | NewToken
  | Revoke
  | InviteCode
  | InviteCodes
  | UninviteCode
  | Ping;
/**
 * Everything that comes out.
 */
export type Event =
  | Said
  | Edited
  | Deleted
  | Reacted
  | Previewed
  | Pinned
  | Purged
  | Noticed
  | Skipped
  | Typed
  | Mentioned
  | Joined
  | Left
  | Presence
  | Appeared
  | Welcome
  | Added
  | Removed
  | Invited
  | Uninvited
  | Appointed
  | Reported
  | Renamed
  | Ended
  | Ignoring
  | ReadTo
  | Notifying
  | Linked
  | Gap
  | Attached
  | Done
  | LoggedIn
  | LinkCode
  | TotpSecret
  | RecoveryCodes
  | Attaching
  | Entered
  | Opened
  | OpeningList
  | InvitationList
  | Stored
  | BotMade
  | BotList
  | UploadPlace
  | Uploaded
  | IconSet
  | Messages
  | PinList
  | Drawn
  | MentionList
  | Found
  | RoomList
  | Present
  | MemberList
  | Configured
  | SanctionList
  | ActList
  | LockedDown
  | ReportList
  | Profiles
  | IgnoredList
  | UserList
  | LimitList
  | SessionList
  | TokenList
  | TokenMade
  | InviteCodeMade
  | InviteCodeList
  | Pong
  | Error;
/**
 * What was wrong, for a program. The sentence beside it is for a person.
 */
export type Code =
  | "already_a_member"
  | "already_logged_in"
  | "bad_file"
  | "bad_name"
  | "bad_origin"
  | "bad_request"
  | "banned"
  | "forbidden"
  | "internal"
  | "key_reused"
  | "muted"
  | "name_taken"
  | "no_space"
  | "no_such_file"
  | "no_such_invitation"
  | "no_such_message"
  | "no_such_report"
  | "no_such_room"
  | "no_such_sanction"
  | "no_such_session"
  | "no_such_token"
  | "no_such_user"
  | "not_a_member"
  | "not_logged_in"
  | "too_fast"
  | "too_long"
  | "too_many"
  | "totp_required"
  | "unavailable"
  | "unknown_type"
  | "wrong_code"
  | "wrong_password"
  | "wrong_token";

/**
 * Say who you are: by password, by token, or, with a name alone, as a guest.
 */
export interface Login {
  type: "login";
  name?: string;
  password?: string;
  code?: string;
  token?: string;
  id?: number | string;
}
/**
 * Make an account and log in to it; a guest becomes one, and stays who they are.
 */
export interface Register {
  type: "register";
  name: string;
  password: string;
  invitation?: string;
  id?: number | string;
}
/**
 * Log another session in, or this one, by a code that the one shows and the other is given.
 */
export interface Link {
  type: "link";
  code?: string;
  id?: number | string;
}
/**
 * End the token that this session came with, and every session that came with it.
 */
export interface Logout {
  type: "logout";
  id?: number | string;
}
/**
 * Receive what is said in these rooms: first what was missed, then live.
 */
export interface Attach {
  type: "attach";
  /**
   * @maxItems 1000
   */
  rooms?: Position[];
  id?: number | string;
}
/**
 * Where a client is in one room's log.
 */
export interface Position {
  room: number | string;
  after?: number;
}
/**
 * Receive nothing more from this room on this session; membership stays.
 */
export interface Detach {
  type: "detach";
  room: number | string;
  id?: number | string;
}
/**
 * Become a member of a room that is public, or into which one is invited, and attach to it.
 */
export interface Join {
  type: "join";
  room: number | string;
  after?: number;
  id?: number | string;
}
/**
 * Be a member no longer.
 */
export interface Leave {
  type: "leave";
  room: number | string;
  id?: number | string;
}
/**
 * Make a room, become its first member and attach to it.
 */
export interface Create {
  type: "create";
  name: string;
  kind?: "private" | "public";
  id?: number | string;
}
/**
 * Say what a room is about, or ask.
 */
export interface Topic {
  type: "topic";
  room: number | string;
  text?: string;
  key?: string;
  id?: number | string;
}
/**
 * Open the direct room with one other user, or up to nine: give `user` or `users`.
 *
 *     It is made when it is not there yet, and attached to.
 */
export interface Direct {
  type: "direct";
  user?: number | string;
  users?: (number | string)[];
  id?: number | string;
}
/**
 * Invite somebody into a room; a private one lets them in once.
 */
export interface Invite {
  type: "invite";
  room: number | string;
  user: number | string;
  id?: number | string;
}
/**
 * Take back an invitation, or end a link: give `user` or `link`.
 */
export interface Uninvite {
  type: "uninvite";
  room: number | string;
  user?: number | string;
  link?: number;
  id?: number | string;
}
/**
 * Make a code that lets whoever has it into a room.
 */
export interface MakeLink {
  type: "invitelink";
  room: number | string;
  uses?: number;
  days?: number;
  id?: number | string;
}
/**
 * List who is invited into a room, and which links lead there.
 */
export interface Openings {
  type: "openings";
  room: number | string;
  id?: number | string;
}
/**
 * List one's own open invitations.
 */
export interface Invitations {
  type: "invitations";
  id?: number | string;
}
/**
 * Do without an invitation.
 */
export interface Decline {
  type: "decline";
  room: number | string;
  id?: number | string;
}
/**
 * Say something in a room that one belongs to.
 */
export interface Say {
  type: "say";
  room: number | string;
  text: string;
  key?: string;
  reply_to?: number;
  me?: boolean;
  file?: string;
  id?: number | string;
}
/**
 * Be given an address to which one file can be sent, for a room.
 */
export interface Upload {
  type: "upload";
  room: number | string;
  name: string;
  send?: boolean;
  text?: string;
  key?: string;
  reply_to?: number;
  id?: number | string;
}
/**
 * Be given an address for the image by which one is shown or, with `room`, that room is; or remove it.
 */
export interface Icon {
  type: "icon";
  room?: number | string;
  remove?: boolean;
  id?: number | string;
}
/**
 * Make a bot: a user that a program is. With a room, make an address that speaks there as it.
 */
export interface NewBot {
  type: "newbot";
  name: string;
  room?: number | string;
  id?: number | string;
}
/**
 * List the bots that one has made.
 */
export interface Bots {
  type: "bots";
  id?: number | string;
}
/**
 * End a bot that one has made: it opens nothing and says nothing any more.
 */
export interface EndBot {
  type: "endbot";
  bot: number | string;
  id?: number | string;
}
/**
 * Change what one has said.
 */
export interface Edit {
  type: "edit";
  room: number | string;
  target: number;
  text: string;
  key?: string;
  id?: number | string;
}
/**
 * Take back what one has said, or, as a moderator, what others have; nobody can bring it back.
 */
export interface Delete {
  type: "delete";
  room: number | string;
  target: number;
  key?: string;
  id?: number | string;
}
/**
 * Put an emoji on a message, or take it off again.
 */
export interface React {
  type: "react";
  room: number | string;
  target: number;
  emoji: string;
  on?: boolean;
  key?: string;
  id?: number | string;
}
/**
 * Pin a message to its room, or take it down again.
 */
export interface Pin {
  type: "pin";
  room: number | string;
  target: number;
  on?: boolean;
  key?: string;
  id?: number | string;
}
/**
 * List what is pinned to a room, the last pinned first.
 */
export interface Pins {
  type: "pins";
  room: number | string;
  before?: number;
  id?: number | string;
}
/**
 * Show the image that a message carries, or what its link shows, in a few coloured dots.
 */
export interface Draw {
  type: "draw";
  room: number | string;
  target: number;
  columns?: number;
  id?: number | string;
}
/**
 * Read messages in their current state: before a seq (newest ones first found), after or around one.
 */
export interface History {
  type: "history";
  room: number | string;
  before?: number;
  after?: number;
  around?: number;
  limit?: number;
  id?: number | string;
}
/**
 * Move one's read position in a room; it only moves forward.
 */
export interface Read {
  type: "read";
  room: number | string;
  seq: number;
  id?: number | string;
}
/**
 * Say of what in a room one wants to be told: of all, of mentions, or of nothing.
 */
export interface Notify {
  type: "notify";
  room: number | string;
  level: "all" | "mentions" | "nothing";
  id?: number | string;
}
/**
 * List the messages that mention one, the newest first, in the rooms that one belongs to.
 */
export interface Mentions {
  type: "mentions";
  before?: Place;
  limit?: number;
  id?: number | string;
}
/**
 * One message.
 */
export interface Place {
  room: number;
  seq: number;
}
/**
 * Find what was said in the rooms that one belongs to.
 */
export interface Search {
  type: "search";
  query: string;
  order?: "best" | "newest";
  before?: Place;
  skip?: number;
  limit?: number;
  id?: number | string;
}
/**
 * List the rooms that one may see, by name.
 */
export interface Rooms {
  type: "rooms";
  query?: string;
  archived?: boolean;
  after?: string;
  limit?: number;
  id?: number | string;
}
/**
 * List who is present in a room, by name.
 */
export interface Who {
  type: "who";
  room: number | string;
  after?: string;
  limit?: number;
  id?: number | string;
}
/**
 * List who belongs to a room, present or not, by name.
 */
export interface Members {
  type: "members";
  room: number | string;
  after?: number;
  query?: string;
  user?: number;
  limit?: number;
  id?: number | string;
}
/**
 * Say what somebody is from now on, in a room or on the server.
 */
export interface Role {
  type: "role";
  user: number | string;
  role: "admin" | "member" | "moderator" | "owner" | "user";
  room?: number | string;
  id?: number | string;
}
/**
 * Change how a room works, or ask; what is absent stays as it is.
 */
export interface Configure {
  type: "configure";
  room: number | string;
  moderated?: boolean;
  slow_seconds?: number;
  retain_days?: number;
  retain_count?: number;
  previews?: boolean;
  id?: number | string;
}
/**
 * Give a room another name; the one before goes on leading to it.
 */
export interface Rename {
  type: "rename";
  room: number | string;
  name: string;
  id?: number | string;
}
/**
 * Let nothing more be said in a room, and nobody come into it; who is in it goes on reading.
 */
export interface Archive {
  type: "archive";
  room: number | string;
  on?: boolean;
  id?: number | string;
}
/**
 * Delete a room, with everything in it, for everybody and for good.
 */
export interface Destroy {
  type: "destroy";
  room: number | string;
  name: string;
  id?: number | string;
}
/**
 * Remove somebody from a room; they may come back.
 */
export interface Kick {
  type: "kick";
  room: number | string;
  user: number | string;
  reason?: string;
  id?: number | string;
}
/**
 * Keep somebody out of a room, or, as an admin, out of the server, with all who come from an address.
 */
export interface Ban {
  type: "ban";
  user?: number | string;
  network?: string;
  room?: number | string;
  minutes?: number;
  reason?: string;
  id?: number | string;
}
/**
 * Let them in again.
 */
export interface Unban {
  type: "unban";
  user?: number | string;
  network?: string;
  room?: number | string;
  id?: number | string;
}
/**
 * Keep somebody silent in a room, or, as an admin, everywhere.
 */
export interface Mute {
  type: "mute";
  user: number | string;
  room?: number | string;
  minutes?: number;
  reason?: string;
  id?: number | string;
}
/**
 * Let them speak again.
 */
export interface Unmute {
  type: "unmute";
  user: number | string;
  room?: number | string;
  id?: number | string;
}
/**
 * Delete all that somebody has said in a room, or, as an admin, in every public room.
 */
export interface Purge {
  type: "purge";
  user?: number | string;
  target?: number;
  room?: number | string;
  reason?: string;
  id?: number | string;
}
/**
 * List who is kept out of a room or silent there, or, as an admin, on the server.
 */
export interface Sanctions {
  type: "sanctions";
  room?: number | string;
  id?: number | string;
}
/**
 * Read what those with power did, the newest first: in a room, or, as an admin, everywhere.
 */
export interface Audit {
  type: "audit";
  room?: number | string;
  before?: number;
  limit?: number;
  id?: number | string;
}
/**
 * Let nobody new come in for a while, and slow every room; or, without `minutes`, ask.
 */
export interface LockDown {
  type: "lockdown";
  minutes?: number;
  slow_seconds?: number;
  reason?: string;
  id?: number | string;
}
/**
 * Tell those who keep order of a message.
 */
export interface ReportMessage {
  type: "report";
  room: number | string;
  target: number;
  note?: string;
  id?: number | string;
}
/**
 * List the open reports, the oldest first: of a room, or, as an admin, from where nobody keeps order.
 */
export interface Reports {
  type: "reports";
  room?: number | string;
  after?: number;
  limit?: number;
  id?: number | string;
}
/**
 * Have done with a report.
 */
export interface CloseReport {
  type: "closereport";
  report: number;
  note?: string;
  id?: number | string;
}
/**
 * Become the owner of a server that has none, by the code that it printed when it started.
 */
export interface Claim {
  type: "claim";
  code: string;
  id?: number | string;
}
/**
 * Tell the others in the room that one is writing; it fades by itself after 6 seconds.
 */
export interface Typing {
  type: "typing";
  room: number | string;
  id?: number | string;
}
/**
 * Keep a setting with one's account, for every session to come.
 */
export interface Prefer {
  type: "prefer";
  numbers: boolean;
  id?: number | string;
}
/**
 * Be shown as away, or as back; what one does in between changes nothing.
 */
export interface Away {
  type: "away";
  on?: boolean;
  text?: string;
  id?: number | string;
}
/**
 * Say in a few words what others should know; an empty text says nothing any more.
 */
export interface Status {
  type: "status";
  text: string;
  id?: number | string;
}
/**
 * Say how one wants to be seen; what is absent stays as it is.
 */
export interface Appear {
  type: "appear";
  display_name?: string;
  colour?: "blue" | "green" | "orange" | "pink" | "purple" | "red" | "teal" | "yellow";
  id?: number | string;
}
/**
 * Ask how these users want to be seen.
 */
export interface Users {
  type: "users";
  /**
   * @maxItems 100
   */
  users: (number | string)[];
  id?: number | string;
}
/**
 * Hear and read nothing any more of what this user says; nobody else is told.
 */
export interface Ignore {
  type: "ignore";
  user: number | string;
  id?: number | string;
}
/**
 * Hear and read this user again.
 */
export interface Unignore {
  type: "unignore";
  user: number | string;
  id?: number | string;
}
/**
 * List whom one ignores.
 */
export interface Ignored {
  type: "ignored";
  id?: number | string;
}
/**
 * Change one's password, and end every other session.
 */
export interface Password {
  type: "password";
  current: string;
  password: string;
  id?: number | string;
}
/**
 * Be gone for good: what one is called and showed of oneself is wiped, and every session ends.
 */
export interface DeleteAccount {
  type: "deleteaccount";
  password: string;
  messages: "go" | "stay";
  code?: string;
  id?: number | string;
}
/**
 * Let one's password take a code of an authenticator too (RFC 6238), or no longer.
 */
export interface Totp {
  type: "totp";
  on: boolean;
  password?: string;
  code?: string;
  id?: number | string;
}
/**
 * List, as an admin, everybody who has a name on the server, by name.
 */
export interface ListUsers {
  type: "listusers";
  query?: string;
  connected?: boolean;
  after?: string;
  limit?: number;
  id?: number | string;
}
/**
 * Ask, as an admin, what limits the operator has set.
 */
export interface AskLimits {
  type: "limits";
  id?: number | string;
}
/**
 * List one's own sessions, or, as an admin, those of somebody else.
 */
export interface Sessions {
  type: "sessions";
  user?: number | string;
  id?: number | string;
}
/**
 * End one of one's own sessions, or, as an admin, one of somebody else's.
 */
export interface End {
  type: "end";
  session: string;
  user?: number | string;
  id?: number | string;
}
/**
 * List one's API tokens.
 */
export interface Tokens {
  type: "tokens";
  id?: number | string;
}
/**
 * Make an API token: what a program logs in with as its owner.
 */
export interface NewToken {
  type: "newtoken";
  name: string;
  id?: number | string;
}
/**
 * End one of one's own API tokens, and every session that came with it.
 */
export interface Revoke {
  type: "revoke";
  name: string;
  id?: number | string;
}
/**
 * Make a code with which people make accounts, where they need one.
 */
export interface InviteCode {
  type: "invitecode";
  uses?: number;
  days?: number;
  id?: number | string;
}
/**
 * List the codes with which accounts can be made.
 */
export interface InviteCodes {
  type: "invitecodes";
  id?: number | string;
}
/**
 * Let a code make no more accounts.
 */
export interface UninviteCode {
  type: "uninvitecode";
  link: number;
  id?: number | string;
}
/**
 * Ask for a pong. Whatever was asked before it has been answered when the pong comes.
 */
export interface Ping {
  type: "ping";
  id?: number | string;
}
/**
 * Somebody said something. In pages: the message in its current state.
 */
export interface Said {
  type: "said";
  room: number;
  seq: number;
  at: number;
  from: User;
  text: string;
  key?: string;
  reply_to?: number;
  me?: boolean;
  changed?: number;
  edited?: boolean;
  deleted?: boolean;
  file?: File;
  reactions?: Reaction[];
  preview?: Preview;
}
/**
 * Who somebody is, as everybody sees it.
 */
export interface User {
  id: number;
  name: string;
  kind: "bot" | "guest" | "user";
}
/**
 * A file that a message carries, or will.
 */
export interface File {
  id: string;
  name: string;
  type: string;
  bytes: number;
  width?: number;
  height?: number;
  placeholder?: string;
}
/**
 * One emoji on a message.
 */
export interface Reaction {
  emoji: string;
  users: number[];
}
/**
 * What the first link of a message leads to, as the page there says of itself.
 */
export interface Preview {
  url: string;
  title: string;
  site: string;
  description?: string;
  image?: File;
}
/**
 * Somebody changed what they had said.
 */
export interface Edited {
  type: "edited";
  room: number;
  seq: number;
  at: number;
  from: User;
  target: number;
  text?: string;
  me?: boolean;
}
/**
 * A message is gone: its row stays, without its text.
 */
export interface Deleted {
  type: "deleted";
  room: number;
  seq: number;
  at: number;
  from: User;
  target: number;
  about?: User;
}
/**
 * Somebody put an emoji on a message, or took it off again.
 */
export interface Reacted {
  type: "reacted";
  room: number;
  seq: number;
  at: number;
  from: User;
  target: number;
  emoji: string;
  on: boolean;
}
/**
 * What a message's first link leads to is known now; an edit of the message takes it away again.
 */
export interface Previewed {
  type: "previewed";
  room: number;
  seq: number;
  at: number;
  from: User;
  target: number;
  preview?: Preview;
}
/**
 * Somebody pinned a message to the room, or took it down.
 */
export interface Pinned {
  type: "pinned";
  room: number;
  seq: number;
  at: number;
  from: User;
  target: number;
  on: boolean;
}
/**
 * Everything that a user had said in the room up to a seq is gone.
 */
export interface Purged {
  type: "purged";
  room: number;
  seq: number;
  at: number;
  from: User;
  user: User;
  up_to: number;
}
/**
 * Something happened to the room or to somebody in it.
 */
export interface Noticed {
  type: "noticed";
  room: number;
  seq: number;
  at: number;
  from: User;
  what:
    | "archived"
    | "banned"
    | "icon"
    | "kicked"
    | "moderated"
    | "muted"
    | "previews"
    | "renamed"
    | "retention"
    | "slow"
    | "topic"
    | "unarchived"
    | "unbanned"
    | "unmoderated"
    | "unmuted";
  about?: User;
  text?: string;
}
/**
 * An entry of somebody whom you ignore: its place in the log, so that you know of no hole.
 */
export interface Skipped {
  type: "skipped";
  room: number;
  seq: number;
}
/**
 * Somebody is writing.
 */
export interface Typed {
  type: "typing";
  room: number;
  user: User;
}
/**
 * A message mentions you.
 */
export interface Mentioned {
  type: "mentioned";
  room: number;
  seq: number;
  from: User;
}
/**
 * Somebody who is present became a member.
 */
export interface Joined {
  type: "joined";
  room: number;
  users: Here[];
  count: number;
}
/**
 * A user who is present, and how.
 */
export interface Here {
  id: number;
  name: string;
  kind: "bot" | "guest" | "user";
  frontends: ("line" | "web")[];
  away?: boolean;
  status?: string;
}
/**
 * Somebody is a member no longer, and so not present in the room any more.
 */
export interface Left {
  type: "left";
  room: number;
  users: User[];
  count: number;
}
/**
 * Who came, went and is present in another way, gathered per second; with nothing but `count`, too many
 *     are present for names to travel.
 */
export interface Presence {
  type: "presence";
  room: number;
  count: number;
  present?: Here[];
  came?: Here[];
  went?: User[];
  changed?: Here[];
}
/**
 * How people who belong to the room want to be seen from now on; not told where too many are present for
 *     names to travel.
 */
export interface Appeared {
  type: "appeared";
  room: number;
  users: Appearance[];
}
/**
 * How a user wants to be seen, beside the name that never changes.
 */
export interface Appearance {
  id: number;
  display_name?: string;
  colour?: "blue" | "green" | "orange" | "pink" | "purple" | "red" | "teal" | "yellow";
  avatar?: string;
}
/**
 * The first event of every connection.
 */
export interface Welcome {
  type: "welcome";
  server: string;
  epoch: string;
  limits: {
    [k: string]: number;
  };
  auth: {
    [k: string]: boolean;
  };
  user?: User;
}
/**
 * You belong to this room now; another of your sessions, or another person, did it.
 */
export interface Added {
  type: "added";
  rooms: RoomState[];
}
/**
 * One of a user's rooms, as that user sees it.
 */
export interface RoomState {
  room: number;
  name: string;
  kind: "direct" | "private" | "public";
  topic: string;
  head: number;
  read: number;
  unread: number;
  participants?: User[];
  role?: "member" | "moderator" | "owner";
  moderated?: boolean;
  slow_seconds?: number;
  ended?: boolean;
  archived?: boolean;
  mentions?: number;
  notify?: "all" | "mentions" | "nothing";
  icon?: string;
}
/**
 * You belong to this room no longer.
 */
export interface Removed {
  type: "removed";
  room: number;
  by?: User;
  reason?: string;
  destroyed?: boolean;
}
/**
 * Somebody wants you to come into this room.
 */
export interface Invited {
  type: "invited";
  room: number;
  name: string;
  by: User;
  at: number;
}
/**
 * An invitation of yours is open no longer: it was taken back, or another of your sessions declined.
 */
export interface Uninvited {
  type: "uninvited";
  room: number;
  name: string;
}
/**
 * You have another role now, in a room or on the server.
 */
export interface Appointed {
  type: "appointed";
  role: ("admin" | "bot" | "guest" | "owner" | "user") | ("member" | "moderator" | "owner");
  room?: number;
  by?: User;
}
/**
 * Somebody has reported a message, and you are one of those who keep order there.
 */
export interface Reported {
  type: "reported";
  report: Report;
}
/**
 * A message that somebody reported to those who keep order.
 */
export interface Report {
  report: number;
  at: number;
  by: User;
  author: User;
  note?: string;
  room?: number;
  room_name?: string;
  seq?: number;
  text?: string;
  hidden?: boolean;
}
/**
 * A room that you belong to has another name.
 */
export interface Renamed {
  type: "renamed";
  room: number;
  name: string;
}
/**
 * A conversation of yours is over, because somebody in it has deleted their account.
 */
export interface Ended {
  type: "ended";
  room: number;
  name: string;
  user: User;
}
/**
 * Whom you ignore from now on; another of your sessions said so.
 */
export interface Ignoring {
  type: "ignoring";
  users: User[];
}
/**
 * Another of your sessions has read up to here.
 */
export interface ReadTo {
  type: "read";
  room: number;
  seq: number;
}
/**
 * Another of your sessions has said of what in this room you want to be told.
 */
export interface Notifying {
  type: "notify";
  room: number;
  level: "all" | "mentions" | "nothing";
}
/**
 * Somebody has logged in as you, by a code of yours or one that you gave.
 */
export interface Linked {
  type: "linked";
  session: string;
  frontend: string;
  address: string;
}
/**
 * Entries that this session was not sent, from and to inclusive, because it read too slowly.
 */
export interface Gap {
  type: "gap";
  room: number;
  from: number;
  to: number;
}
/**
 * A page of what was missed; the last one has `complete`, and from then on the room is live.
 */
export interface Attached {
  type: "attached";
  room: number;
  name: string;
  kind: "direct" | "private" | "public";
  topic: string;
  head: number;
  count: number;
  entries: (Said | Edited | Deleted | Reacted | Previewed | Pinned | Purged | Noticed)[];
  from: number;
  to: number;
  complete: boolean;
  present?: Here[];
  moderated?: boolean;
  slow_seconds?: number;
  archived?: boolean;
  icon?: string;
  gap?: Missing;
  reset?: boolean;
}
/**
 * Entries that no longer exist, from and to inclusive.
 */
export interface Missing {
  from: number;
  to: number;
}
/**
 * It was done, and there is nothing to say about it.
 */
export interface Done {
  type: "ok";
  id?: number | string;
}
/**
 * Who you are now, and your rooms.
 */
export interface LoggedIn {
  type: "ok";
  user: User;
  rooms: RoomState[];
  token?: string;
  numbers?: boolean;
  role?: "admin" | "bot" | "guest" | "owner" | "user";
  status?: string;
  away?: string;
  ignored?: User[];
  invitations?: Invitation[];
  id?: number | string;
}
/**
 * Somebody wants a user to come into a room.
 */
export interface Invitation {
  room: number;
  name: string;
  by: User;
  at: number;
}
/**
 * What to type on the other side; it works once.
 */
export interface LinkCode {
  type: "ok";
  code: string;
  expires_ms: number;
  id?: number | string;
}
/**
 * What an authenticator needs; it is told this once, and `totp` with a first `code` confirms it.
 */
export interface TotpSecret {
  type: "ok";
  secret: string;
  uri: string;
  id?: number | string;
}
/**
 * The second factor is on. Each of these replaces a code once; they are told this once.
 */
export interface RecoveryCodes {
  type: "ok";
  recovery: string[];
  id?: number | string;
}
/**
 * These rooms send `attached` now.
 */
export interface Attaching {
  type: "ok";
  rooms: number[];
  refused?: Refused[];
  id?: number | string;
}
/**
 * A room that could not be attached, and why.
 */
export interface Refused {
  room: number | string;
  code: Code;
  text: string;
}
/**
 * The room that was joined, created or opened.
 */
export interface Entered {
  type: "ok";
  /**
   * @minItems 1
   * @maxItems 1
   */
  rooms: [RoomState];
  id?: number | string;
}
/**
 * A code that lets people into a room; it is shown once.
 */
export interface Opened {
  type: "ok";
  room: number;
  code: string;
  path: string;
  link: InviteLink;
  id?: number | string;
}
/**
 * A code that lets people into a room, as those in the room see it; the code itself is not kept.
 */
export interface InviteLink {
  link: number;
  by: User;
  at: number;
  expires: number;
  used: number;
  uses?: number;
}
/**
 * The ways into a room, the newest first.
 */
export interface OpeningList {
  type: "ok";
  room: number;
  invited: Invitee[];
  links: InviteLink[];
  id?: number | string;
}
/**
 * The same, as those in the room see it.
 */
export interface Invitee {
  user: User;
  by: User;
  at: number;
}
/**
 * One's own open invitations, the newest first.
 */
export interface InvitationList {
  type: "ok";
  invitations: Invitation[];
  id?: number | string;
}
/**
 * It is committed, and everybody sees it under this seq; what changes nothing has an earlier one.
 */
export interface Stored {
  type: "ok";
  room: number;
  seq: number;
  at: number;
  id?: number | string;
}
/**
 * A new bot, and how one comes as it; the secret is told this once.
 */
export interface BotMade {
  type: "ok";
  bot: User;
  token?: string;
  hook?: string;
  room?: number;
  id?: number | string;
}
/**
 * One's bots, by name.
 */
export interface BotList {
  type: "ok";
  bots: Bot[];
  id?: number | string;
}
/**
 * A bot, as its maker sees it.
 */
export interface Bot {
  bot: User;
  since: number;
  room?: number;
}
/**
 * Where the file is to be sent.
 */
export interface UploadPlace {
  type: "ok";
  put: string;
  expires_ms: number;
  id?: number | string;
}
/**
 * The file is there: the answer to its body, which comes by HTTP.
 */
export interface Uploaded {
  type: "ok";
  room: number;
  file: File;
  seq?: number;
  at?: number;
  id?: number | string;
}
/**
 * The image is there, and shown: the answer to its body, which comes by HTTP.
 */
export interface IconSet {
  type: "ok";
  icon: string;
  room?: number;
  id?: number | string;
}
/**
 * A page of messages in their current state, ascending.
 */
export interface Messages {
  type: "ok";
  room: number;
  entries: Said[];
  from: number;
  to: number;
  complete: boolean;
  id?: number | string;
}
/**
 * A page of what is pinned to a room, the last pinned first.
 */
export interface PinList {
  type: "ok";
  room: number;
  pins: PinnedMessage[];
  more: boolean;
  id?: number | string;
}
/**
 * A message that is pinned to its room.
 */
export interface PinnedMessage {
  seq: number;
  at: number;
  by: User;
  message: Said;
}
/**
 * An image, in dots.
 */
export interface Drawn {
  type: "ok";
  room: number;
  seq: number;
  file: File;
  rows: string[];
  id?: number | string;
}
/**
 * Messages that mention you, the newest first.
 */
export interface MentionList {
  type: "ok";
  messages: Said[];
  more: boolean;
  id?: number | string;
}
/**
 * Messages that were searched for, in the order that was asked for.
 */
export interface Found {
  type: "ok";
  messages: Hit[];
  more: boolean;
  id?: number | string;
}
/**
 * A message that was found.
 */
export interface Hit {
  message: Said;
  marks: [number, number][];
}
/**
 * A page of the list of rooms.
 */
export interface RoomList {
  type: "ok";
  rooms: Listing[];
  more: boolean;
  id?: number | string;
}
/**
 * A room in the list of rooms.
 */
export interface Listing {
  room: number;
  name: string;
  kind: "direct" | "private" | "public";
  topic: string;
  members: number;
  member: boolean;
  icon?: string;
  unread?: number;
  mentions?: number;
}
/**
 * A page of who is present in a room, by name.
 */
export interface Present {
  type: "ok";
  room: number;
  users: Here[];
  count: number;
  more: boolean;
  id?: number | string;
}
/**
 * A page of who belongs to a room, by name.
 */
export interface MemberList {
  type: "ok";
  room: number;
  members: Member[];
  count: number;
  more: boolean;
  id?: number | string;
}
/**
 * Somebody who belongs to a room, present or not.
 */
export interface Member {
  id: number;
  name: string;
  kind: "bot" | "guest" | "user";
  role?: "member" | "moderator" | "owner";
}
/**
 * How a room works.
 */
export interface Configured {
  type: "ok";
  room: number;
  settings: Settings;
  id?: number | string;
}
/**
 * How a room works; its owners change it.
 */
export interface Settings {
  moderated?: boolean;
  slow_seconds?: number;
  retain_days?: number;
  retain_count?: number;
  previews?: boolean;
}
/**
 * Who is kept out or silent, the newest first.
 */
export interface SanctionList {
  type: "ok";
  sanctions: Sanction[];
  id?: number | string;
}
/**
 * What keeps somebody out, or silent.
 */
export interface Sanction {
  kind: "ban" | "mute";
  at: number;
  by: User;
  room?: number;
  user?: User;
  network?: string;
  until?: number;
  reason?: string;
}
/**
 * A page of the audit log, the newest act first.
 */
export interface ActList {
  type: "ok";
  acts: Act[];
  more: boolean;
  id?: number | string;
}
/**
 * One row of the audit log.
 */
export interface Act {
  act: number;
  at: number;
  by: User;
  what:
    | "archive"
    | "ban"
    | "claim"
    | "close report"
    | "configure"
    | "delete"
    | "destroy"
    | "end session"
    | "invite code"
    | "invite code end"
    | "kick"
    | "lockdown"
    | "lockdown end"
    | "mute"
    | "purge"
    | "rename"
    | "role"
    | "server ban"
    | "server mute"
    | "server purge"
    | "server role"
    | "server unban"
    | "server unmute"
    | "unarchive"
    | "unban"
    | "unmute";
  room?: number;
  room_name?: string;
  about?: User;
  detail?: string;
  hidden?: boolean;
}
/**
 * Whether the server is locked down.
 */
export interface LockedDown {
  type: "ok";
  lockdown?: LockdownState;
  id?: number | string;
}
/**
 * Nobody new comes in: no guests, accounts and logins, but those of admins. Whoever is in stays.
 */
export interface LockdownState {
  at: number;
  by: User;
  until: number;
  slow_seconds: number;
  reason?: string;
}
/**
 * A page of open reports, the oldest first.
 */
export interface ReportList {
  type: "ok";
  reports: Report[];
  more: boolean;
  id?: number | string;
}
/**
 * How users want to be seen.
 */
export interface Profiles {
  type: "ok";
  profiles: Profile[];
  id?: number | string;
}
/**
 * How a user wants to be seen, who it is, and whether they are here.
 */
export interface Profile {
  id: number;
  name: string;
  kind: "bot" | "guest" | "user";
  display_name?: string;
  colour?: "blue" | "green" | "orange" | "pink" | "purple" | "red" | "teal" | "yellow";
  avatar?: string;
  role?: "admin" | "bot" | "guest" | "owner" | "user";
  status?: string;
  seen?: number;
  frontends?: ("line" | "web")[];
  away?: boolean;
  rooms?: number[];
}
/**
 * Whom you ignore, by name.
 */
export interface IgnoredList {
  type: "ok";
  ignored: User[];
  id?: number | string;
}
/**
 * A page of those who have a name on the server, by name.
 */
export interface UserList {
  type: "ok";
  users: UserState[];
  more: boolean;
  id?: number | string;
}
/**
 * A user as an admin sees them in the list of all.
 */
export interface UserState {
  id: number;
  name: string;
  kind: "bot" | "guest" | "user";
  since: number;
  seen: number;
  display_name?: string;
  role?: "admin" | "bot" | "guest" | "owner" | "user";
  connections?: number;
}
/**
 * What limits the operator has set; 0 turns one off.
 */
export interface LimitList {
  type: "ok";
  limits: Limits;
  id?: number | string;
}
/**
 * The limits of one server. 0 turns a limit off.
 */
export interface Limits {
  text_chars?: number;
  say_per_second?: number;
  say_burst?: number;
  search_per_second?: number;
  search_burst?: number;
  connections_per_address?: number;
  connects_per_minute?: number;
  login_tries_per_minute?: number;
  login_tries_per_address?: number;
  creations_per_minute?: number;
  trust_seconds?: number;
  reports_per_minute?: number;
  owed_bytes?: number;
  owed_seconds?: number;
  fade_seconds?: number;
  previews_per_minute?: number;
  rooms_per_user?: number;
  upload_bytes?: number;
  quota_bytes?: number;
  free_bytes?: number;
}
/**
 * The sessions of one user, the newest first.
 */
export interface SessionList {
  type: "ok";
  sessions: SessionState[];
  id?: number | string;
}
/**
 * One of a user's sessions: a login, with all connections that came by its token.
 */
export interface SessionState {
  session: string;
  frontend: string;
  address: string;
  since: number;
  seen: number;
  connections: number;
  idle_ms?: number;
  this?: boolean;
}
/**
 * One's own API tokens, the newest first.
 */
export interface TokenList {
  type: "ok";
  tokens: TokenState[];
  id?: number | string;
}
/**
 * One of a user's API tokens; the secret itself is never told again.
 */
export interface TokenState {
  name: string;
  since: number;
  connections: number;
  seen?: number;
}
/**
 * A new API token; it is told this once.
 */
export interface TokenMade {
  type: "ok";
  name: string;
  token: string;
  id?: number | string;
}
/**
 * A code with which people make accounts; it is told this once.
 */
export interface InviteCodeMade {
  type: "ok";
  code: string;
  path: string;
  link: InviteLink;
  id?: number | string;
}
/**
 * The codes with which accounts can be made, the newest first.
 */
export interface InviteCodeList {
  type: "ok";
  links: InviteLink[];
  id?: number | string;
}
/**
 * The answer to `ping`.
 */
export interface Pong {
  type: "pong";
  id?: number | string;
}
/**
 * A refusal: a code for programs, a sentence for people.
 */
export interface Error {
  type: "error";
  code: Code;
  text: string;
  retry_ms?: number;
  id?: number | string;
}

/** Whether to connect again by oneself after the server closed with this code. */
export const COME_BACK: Readonly<Record<number, boolean>> = {"1000": false, "1009": false, "1011": true, "1012": true, "4001": false, "4002": true, "4003": false, "4004": false};
/** Names of users and rooms. */
export const NAME_PATTERN = "[a-z][a-z0-9_-]{0,30}";
