import decodeQR from "qr/decode.js";
import { expect, test } from "vitest";
import { qrOf } from "../src/qr";

const ADDRESS = "otpauth://totp/chatd:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=chatd";

test("a QR code can be read from its picture", () => {
  const { side, path } = qrOf(ADDRESS);
  const scale = 4;
  const width = side * scale;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let dy = 0; dy < scale; dy += 1)
      for (let dx = 0; dx < scale; dx += 1) data.fill(0, ((Number(y) * scale + dy) * width + Number(x) * scale + dx) * 4, ((Number(y) * scale + dy) * width + Number(x) * scale + dx) * 4 + 3);
  }
  expect(decodeQR({ width, height: width, data })).toBe(ADDRESS);
  expect(path).not.toMatch(/M[0-3] |M\d+ [0-3]h/); // scanners want it light around
});
