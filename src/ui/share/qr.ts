import { encode } from 'uqr';

/** Characters that the largest code holds. */
const MOST = 2900;
/** Modules of quiet around the code: ISO/IEC 18004 wants four. */
const QUIET = 4;

/** The dark modules of `text`'s QR code as a path in a square of `size`; null where it is too long. */
export function qrPath(text: string): { readonly path: string; readonly size: number } | null {
  if (text.length > MOST) return null;
  const { data, size } = encode(text, { ecc: 'L', border: QUIET });
  let path = '';
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      let end = x;
      while (end < size && row[end]) end++;
      if (end === x) continue;
      path += `M${x} ${y}h${end - x}v1h${x - end}z`;
      x = end;
    }
  });
  return { path, size };
}
