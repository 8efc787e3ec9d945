/** High half of the unsigned 64-bit product of two 32-bit values, int32. */
export function highProduct(a: number, b: number): number {
  const lowA = a & 0xffff;
  const highA = a >>> 16;
  const lowB = b & 0xffff;
  const highB = b >>> 16;
  const low = Math.imul(lowA, lowB) >>> 16;
  const middle1 = Math.imul(highA, lowB) >>> 0;
  const middle2 = Math.imul(lowA, highB) >>> 0;
  const middle = low + (middle1 & 0xffff) + (middle2 & 0xffff);
  return (Math.imul(highA, highB) + (middle1 >>> 16) + (middle2 >>> 16) + (middle >>> 16)) | 0;
}
