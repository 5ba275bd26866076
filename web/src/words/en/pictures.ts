/** The pictures by which people and rooms are shown. */
export const pictures = {
  own: "Your picture",
  ofRoom: "The room’s picture",
  choose: "Choose a picture …",
  chooseOther: "Choose another …",
  remove: "Remove",
  rule: "PNG, JPEG, GIF or WebP. What is shown of it you choose next.",
  noImage: "This file is no picture that your browser can open. Choose a PNG, a JPEG, a GIF or a WebP.",
  crop: "What is to be seen?",
  stage: "Your picture. Drag it, or move it with the arrow keys.",
  zoom: "Larger or smaller",
  asSeen: "As others see it",
  use: "Use it",
  sending: "Sending …",
  kept: "Everybody sees it now.",
  removed: "It is removed.",
  guest: "Guests have no picture. Log out and make an account to have one.",
};
