/** Segment registers, descriptors and the tables they live in. All too long for expressions: plain functions in cpu/, with the manual's step labels. */
import { def, type Row } from '../define.ts';

const FAR_POINTER_TITLE = 'LDS/LES/LFS/LGS/LSS—Load Far Pointer';

// biome-ignore format: a table
export const SEGMENT: readonly Row[] = [
  def('MOV', {
    title: 'MOV—Move', operation: 'DEST <- segment selector',
    forms: { '8C': 'Rv/Mw, Sw' },
    run: (s, dst, src) => s.system('storeSegment', dst, src),
  }),
  def('MOV', {
    title: 'MOV—Move', operation: 'segment register <- SRC, with its descriptor; #UD for CS',
    forms: { '8E': 'Sw, Rv/Mw' }, ends: true,
    run: (s, dst, src) => s.system('loadSegment', dst, src),
  }),
  def('PUSH', {
    title: 'PUSH—Push Word, Doubleword, or Quadword Onto the Stack', operation: 'Push(segment selector)',
    forms: { '06': 'ES', '0E': 'CS', '16': 'SS', '1E': 'DS', '0F A0': 'FS', '0F A8': 'GS' },
    run: (s, src) => s.system('pushSegment', src),
  }),
  def('POP', {
    title: 'POP—Pop a Value From the Stack', operation: 'segment register <- Pop(), with its descriptor',
    forms: { '07': 'ES', '17': 'SS', '1F': 'DS', '0F A1': 'FS', '0F A9': 'GS' }, ends: true,
    run: (s, dst) => s.system('popSegment', dst),
  }),

  def('LES', { title: FAR_POINTER_TITLE, operation: 'ES:DEST <- far pointer at SRC', forms: { 'C4': 'Gv, Mp' }, ends: true,
    run: (s, dst, src) => s.system('loadFarPointer', dst, src) }),
  def('LDS', { title: FAR_POINTER_TITLE, operation: 'DS:DEST <- far pointer at SRC', forms: { 'C5': 'Gv, Mp' }, ends: true,
    run: (s, dst, src) => s.system('loadFarPointer', dst, src) }),
  def('LSS', { title: FAR_POINTER_TITLE, operation: 'SS:DEST <- far pointer at SRC', forms: { '0F B2': 'Gv, Mp' }, ends: true,
    run: (s, dst, src) => s.system('loadFarPointer', dst, src) }),
  def('LFS', { title: FAR_POINTER_TITLE, operation: 'FS:DEST <- far pointer at SRC', forms: { '0F B4': 'Gv, Mp' }, ends: true,
    run: (s, dst, src) => s.system('loadFarPointer', dst, src) }),
  def('LGS', { title: FAR_POINTER_TITLE, operation: 'GS:DEST <- far pointer at SRC', forms: { '0F B5': 'Gv, Mp' }, ends: true,
    run: (s, dst, src) => s.system('loadFarPointer', dst, src) }),

  // Asking about descriptors ---------------------------------------------------------------------------------------------------------------
  def('ARPL', {
    title: 'ARPL—Adjust RPL Field of Segment Selector', operation: 'IF DEST.RPL < SRC.RPL THEN ZF <- 1, DEST.RPL <- SRC.RPL ELSE ZF <- 0',
    forms: { '63': 'Ew, Gw' }, protectedOnly: true, writes: 'Z',
    run: (s, dst, src) => s.system('arpl', dst, src),
  }),
  def('LAR', {
    title: 'LAR—Load Access Rights Byte', operation: 'IF selector SRC is accessible THEN ZF <- 1, DEST <- its rights ELSE ZF <- 0',
    forms: { '0F 02': 'Gv, Ew' }, protectedOnly: true, writes: 'Z',
    run: (s, dst, src) => s.system('lar', dst, src),
  }),
  def('LSL', {
    title: 'LSL—Load Segment Limit', operation: 'IF selector SRC is accessible THEN ZF <- 1, DEST <- its limit ELSE ZF <- 0',
    forms: { '0F 03': 'Gv, Ew' }, protectedOnly: true, writes: 'Z',
    run: (s, dst, src) => s.system('lsl', dst, src),
  }),
  def('VERR', {
    title: 'VERR/VERW—Verify a Segment for Reading or Writing', operation: 'ZF <- selector SRC is readable at this CPL',
    forms: { '0F 00 /4': 'Ew' }, protectedOnly: true, writes: 'Z',
    run: (s, src) => s.system('verr', src),
  }),
  def('VERW', {
    title: 'VERR/VERW—Verify a Segment for Reading or Writing', operation: 'ZF <- selector SRC is writable at this CPL',
    forms: { '0F 00 /5': 'Ew' }, protectedOnly: true, writes: 'Z',
    run: (s, src) => s.system('verw', src),
  }),

  // Descriptor-table registers -------------------------------------------------------------------------------------------------------------
  def('SLDT', {
    title: 'SLDT—Store Local Descriptor Table Register', operation: 'DEST <- LDTR.selector',
    forms: { '0F 00 /0': 'Rv/Mw' }, protectedOnly: true,
    run: (s, dst) => s.system('sldt', dst),
  }),
  def('STR', {
    title: 'STR—Store Task Register', operation: 'DEST <- TR.selector',
    forms: { '0F 00 /1': 'Rv/Mw' }, protectedOnly: true,
    run: (s, dst) => s.system('str', dst),
  }),
  def('LLDT', {
    title: 'LLDT—Load Local Descriptor Table Register', operation: 'LDTR <- SRC, with its descriptor',
    forms: { '0F 00 /2': 'Ew' }, protectedOnly: true, cpl: 0, ends: true,
    run: (s, src) => s.system('lldt', src),
  }),
  def('LTR', {
    title: 'LTR—Load Task Register', operation: 'TR <- SRC, with its descriptor, made busy',
    forms: { '0F 00 /3': 'Ew' }, protectedOnly: true, cpl: 0, ends: true,
    run: (s, src) => s.system('ltr', src),
  }),
  def('SGDT', {
    title: 'SGDT—Store Global Descriptor Table Register', operation: 'DEST <- GDTR.limit:GDTR.base',
    forms: { '0F 01 /0': 'Ms' },
    run: (s, dst) => s.system('sgdt', dst),
  }),
  def('SIDT', {
    title: 'SIDT—Store Interrupt Descriptor Table Register', operation: 'DEST <- IDTR.limit:IDTR.base',
    forms: { '0F 01 /1': 'Ms' },
    run: (s, dst) => s.system('sidt', dst),
  }),
  def('LGDT', {
    title: 'LGDT/LIDT—Load Global/Interrupt Descriptor Table Register', operation: 'GDTR.limit:GDTR.base <- SRC; 24 bits of base at operand size 16',
    forms: { '0F 01 /2': 'Ms' }, cpl: 0, ends: true,
    run: (s, src) => s.system('lgdt', src),
  }),
  def('LIDT', {
    title: 'LGDT/LIDT—Load Global/Interrupt Descriptor Table Register', operation: 'IDTR.limit:IDTR.base <- SRC; 24 bits of base at operand size 16',
    forms: { '0F 01 /3': 'Ms' }, cpl: 0, ends: true,
    run: (s, src) => s.system('lidt', src),
  }),
];
