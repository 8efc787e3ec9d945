/** The processor itself: no-operations, waiting, control, debug and model-specific registers, caches, the coprocessor that is not there. */
import { def, type Row } from '../define.ts';

// biome-ignore format: a table
export const SYSTEM: readonly Row[] = [
  def('NOP', {
    title: 'NOP—No Operation', operation: 'nothing',
    forms: { '90': '', '0F 1F /0': 'Ev' }, // the ModRM form addresses memory without touching it
    run: () => {},
  }),
  ...hintNops(),
  def('RESERVEDNOP', {
    title: 'NOP—No Operation', operation: 'nothing',
    forms: { '0F 0D': 'Ev, Gv' }, // the prefetch hints of others
    run: () => {},
  }),
  def('PAUSE', {
    title: 'PAUSE—Spin Loop Hint', operation: 'nothing; tells the processor that this is a spin-wait loop',
    forms: { 'F3 90': '' }, exits: 40, ends: true,
    run: (s) => s.system('pause'),
  }),

  // Waiting --------------------------------------------------------------------------------------------------------------------------------
  def('HLT', {
    title: 'HLT—Halt', operation: 'wait for an interrupt',
    forms: { 'F4': '' }, cpl: 0, exits: 12, ends: true,
    run: (s) => s.system('hlt'),
  }),
  // CPUID decides whether the two exist at all, and #UD comes before the exit: the functions ask.
  def('MONITOR', {
    title: 'MONITOR—Set Up Monitor Address', operation: 'watch the line at DS:EAX for a store',
    forms: { 'NP 0F 01 C8': '' }, ends: true,
    run: (s) => s.system('monitor'),
  }),
  def('MWAIT', {
    title: 'MWAIT—Monitor Wait', operation: 'wait for a store to the watched line, or an interrupt',
    forms: { 'NP 0F 01 C9': '' }, ends: true,
    run: (s) => s.system('mwait'),
  }),

  // Control, debug and model-specific registers ----------------------------------------------------------------------------------------------
  def('MOV', {
    title: 'MOV—Move to/from Control Registers', operation: 'DEST <- CRn',
    forms: { '0F 20': 'Rd, Cd' }, size: 32, cpl: 0, undefines: 'OSZAPC',
    run: (s, dst, src) => s.system('movFromControl', dst, src),
  }),
  def('MOV', {
    title: 'MOV—Move to/from Control Registers', operation: 'CRn <- SRC',
    forms: { '0F 22': 'Cd, Rd' }, size: 32, cpl: 0, ends: true, undefines: 'OSZAPC',
    run: (s, dst, src) => s.system('movToControl', dst, src),
  }),
  def('MOV', {
    title: 'MOV—Move to/from Debug Registers', operation: 'DEST <- DRn',
    forms: { '0F 21': 'Rd, Dd' }, size: 32, undefines: 'OSZAPC', // the VM exit precedes the privilege check: the function makes both
    run: (s, dst, src) => s.system('movFromDebug', dst, src),
  }),
  def('MOV', {
    title: 'MOV—Move to/from Debug Registers', operation: 'DRn <- SRC',
    forms: { '0F 23': 'Dd, Rd' }, size: 32, ends: true, undefines: 'OSZAPC',
    run: (s, dst, src) => s.system('movToDebug', dst, src),
  }),
  def('SMSW', {
    title: 'SMSW—Store Machine Status Word', operation: 'DEST <- CR0[15:0]',
    forms: { '0F 01 /4': 'Rv/Mw' },
    run: (s, dst) => s.system('smsw', dst),
  }),
  def('LMSW', {
    title: 'LMSW—Load Machine Status Word', operation: 'CR0[3:0] <- SRC[3:0]; PE is never cleared',
    forms: { '0F 01 /6': 'Ew' }, cpl: 0, ends: true,
    run: (s, src) => s.system('lmsw', src),
  }),
  def('CLTS', {
    title: 'CLTS—Clear Task-Switched Flag in CR0', operation: 'CR0.TS <- 0',
    forms: { '0F 06': '' }, cpl: 0, ends: true,
    run: (s) => s.system('clts'),
  }),
  def('RDMSR', {
    title: 'RDMSR—Read From Model Specific Register', operation: 'EDX:EAX <- MSR[ECX]',
    forms: { '0F 32': '' }, cpl: 0,
    run: (s) => s.system('rdmsr'),
  }),
  def('WRMSR', {
    title: 'WRMSR—Write to Model Specific Register', operation: 'MSR[ECX] <- EDX:EAX',
    forms: { '0F 30': '' }, cpl: 0, ends: true,
    run: (s) => s.system('wrmsr'),
  }),
  // CR4.TSD and CR4.PCE decide the privilege, before the exit: the functions ask.
  def('RDTSC', {
    title: 'RDTSC—Read Time-Stamp Counter', operation: 'EDX:EAX <- time-stamp counter',
    forms: { '0F 31': '' },
    run: (s) => s.system('rdtsc'),
  }),
  def('RDPMC', {
    title: 'RDPMC—Read Performance-Monitoring Counters', operation: 'EDX:EAX <- PMC[ECX]',
    forms: { '0F 33': '' },
    run: (s) => s.system('rdpmc'),
  }),
  def('CPUID', {
    title: 'CPUID—CPU Identification', operation: 'EAX, EBX, ECX, EDX <- leaf EAX',
    forms: { '0F A2': '' }, exits: 10,
    run: (s) => s.system('cpuid'),
  }),
  def('RSM', {
    title: 'RSM—Resume From System Management Mode', operation: '#UD outside system management mode',
    forms: { '0F AA': '' }, ends: true,
    run: (s) => s.system('rsm'),
  }),

  // Caches ---------------------------------------------------------------------------------------------------------------------------------
  def('INVD', {
    title: 'INVD—Invalidate Internal Caches', operation: 'Flush(caches) without writing back',
    forms: { '0F 08': '' }, cpl: 0, exits: 13,
    run: (s) => s.system('invd'),
  }),
  def('WBINVD', {
    title: 'WBINVD—Write Back and Invalidate Cache', operation: 'WriteBack(caches); Flush(caches)',
    forms: { '0F 09': '' }, cpl: 0, exits: 54,
    run: (s) => s.system('wbinvd'),
  }),
  def('INVLPG', {
    title: 'INVLPG—Invalidate TLB Entries', operation: 'Flush(TLB entries of the page that holds SRC)',
    forms: { '0F 01 /7': 'Mb' }, cpl: 0, ends: true,
    run: (s, address) => s.system('invlpg', address), // the exit's qualification is the address
  }),

  // The coprocessor: CPUID does not claim it ---------------------------------------------------------------------------------------------------
  def('WAIT', {
    title: 'WAIT/FWAIT—Wait', operation: '#NM IF CR0.MP AND CR0.TS',
    forms: { '9B': '' }, aliases: ['FWAIT'],
    run: (s) => s.system('wait'),
  }),
  def('ESC', {
    title: 'X87-FPU Instruction Formats', operation: '#NM: there is no coprocessor',
    forms: { 'D8': 'E', 'D9': 'E', 'DA': 'E', 'DB': 'E', 'DC': 'E', 'DD': 'E', 'DE': 'E', 'DF': 'E' },
    run: (s) => s.system('fpu'),
  }),
];

/** 0F 18 to 0F 1F /7: the P6's no-operations with a ModRM byte, numbered as assemblers do; the last but seven is NOP itself. */
function hintNops(): Row[] {
  return Array.from({ length: 64 }, (_, n) => n)
    .filter((n) => n !== 56)
    .map((n) =>
      def(`HINT_NOP${n}`, {
        title: 'NOP—No Operation',
        operation: 'nothing',
        forms: { [`0F ${(0x18 + (n >> 3)).toString(16).toUpperCase()} /${n & 7}`]: 'Ev' },
        run: () => {},
      }),
    );
}
