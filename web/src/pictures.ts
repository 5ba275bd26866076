/** Pictures by which people and rooms are shown: where they are, and how they are sent. */
import { call } from "./account";
import type { IconSet } from "./model";

/** The side of the smaller picture, in pixels of the screen. */
const SMALL_SIDE = 96;
/** No screen that is common has more dots to a pixel of a page. */
const DOTS = 2.5;

/** The address of a picture that is shown with sides of so many pixels of the page. */
export function pictureOf(icon: string, side: number): string {
  return `/icons/${icon}${side * DOTS > SMALL_SIDE ? "?size=large" : ""}`;
}

/** Show oneself by this image, or a room. Rejects with Refusal. */
export async function sendPicture(image: Blob, room: number | null): Promise<string> {
  const answer = await call<IconSet>(`icon${room === null ? "" : `/${room}`}`, { method: "PUT", body: image });
  return answer.icon;
}
