/** A text as a QR code; loaded when one is shown. */
import encodeQR from "qr";

/** The path of its dark squares in a square of `side`, with the four light ones around it that scanners want. */
export function qrOf(text: string): { side: number; path: string } {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const path = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return { side: rows.length, path };
}
