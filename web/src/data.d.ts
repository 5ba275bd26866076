declare module "emoji-picker-element-data/en/emojibase/data.json" {
  const all: unknown;
  export default all;
}
