/** Translation a second time, written from the specification's figures with entries as bigint and none of the code under test. It has no caches. */

export type ReferenceResult = { readonly host: number } | { readonly reason: number; readonly isSilent: boolean };

const field = (value: bigint, high: number, low: number): bigint => (value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);
const bit = (value: bigint, n: number): boolean => field(value, n, n) === 1n;

/** `words` is RAM from host address 0 up; there is nothing beyond. */
export function referenceDma(
  words: Uint32Array,
  root: number,
  request: { requester: number; address: number; isWrite: boolean },
): ReferenceResult {
  const { requester, address, isWrite } = request;
  const load = (at: bigint, bytes: 8 | 16): bigint | null => {
    if (at + BigInt(bytes) > BigInt(words.byteLength)) return null;
    let value = 0n;
    for (let i = bytes / 4 - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[Number(at) / 4 + i]);
    return value;
  };
  const loud = (reason: number): ReferenceResult => ({ reason, isSilent: false });
  if (address >= 0xfee00000 && address <= 0xfeefffff) return loud(0xe);
  const rootEntry = load(BigInt(root) + 16n * BigInt(Math.floor(requester / 256)), 16);
  if (rootEntry === null) return loud(8);
  if (!bit(rootEntry, 0)) return loud(1);
  if (field(rootEntry, 11, 1) !== 0n || field(rootEntry, 127, 36) !== 0n) return loud(0xa);
  const context = load(field(rootEntry, 35, 12) * 4096n + 16n * BigInt(requester % 256), 16);
  if (context === null) return loud(9);
  const refuse = (reason: number): ReferenceResult => ({ reason, isSilent: bit(context, 1) });
  if (!bit(context, 0)) return refuse(2);
  if (field(context, 11, 4) !== 0n || field(context, 63, 36) !== 0n || bit(context, 71) || field(context, 127, 88) !== 0n)
    return refuse(0xb);
  const type = field(context, 3, 2);
  const width = Number(field(context, 66, 64));
  if ((type !== 0n && type !== 2n) || width > 2) return refuse(3);
  if (type === 2n) return { host: address };
  if (address >= [2 ** 30, 2 ** 39, 2 ** 48][width]) return refuse(4);
  let table = field(context, 35, 12) * 4096n;
  let [r, w] = [true, true];
  for (let level = width + 2; level >= 1; level--) {
    const low = 12 + 9 * (level - 1);
    const entry = load(table + 8n * field(BigInt(address), low + 8, low), 8);
    if (entry === null) return refuse(level === width + 2 ? 3 : 7);
    if (!bit(entry, 0) && !bit(entry, 1)) return refuse(isWrite ? 5 : 6);
    const isPage = level === 1 || (level <= 3 && bit(entry, 7));
    const isBroken =
      bit(entry, 11) ||
      field(entry, 51, 36) !== 0n ||
      bit(entry, 62) ||
      (level === 4 && bit(entry, 7)) ||
      (isPage && level > 1 && field(entry, low - 1, 12) !== 0n);
    if (isBroken) return refuse(0xc);
    r &&= bit(entry, 0);
    w &&= bit(entry, 1);
    table = field(entry, 35, 12) * 4096n;
    if (!isPage) continue;
    const host = Number(table) + (address % 2 ** low);
    if (Math.floor(host / 2 ** 20) === 0xfee) return refuse(0xe);
    return (isWrite ? w : r) ? { host } : refuse(isWrite ? 5 : 6);
  }
  throw new Error('the last level is a page');
}
