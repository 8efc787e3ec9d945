/** Where the hosted hypervisor keeps what the processor reads: fixed pages at the bottom of host memory. All other frames are given out by `frames.ts`. */

/** The code at HOST_RIP. Four instructions, real ones:
 *
 *    onExit:  hlt           ; a VM exit comes back here; the processor rests while the hypervisor, which is not machine code, does its work
 *             jmp onExit
 *    launch:  vmlaunch      ; or here, or at resume, it is sent on
 *             jmp failed
 *    resume:  vmresume
 *    failed:  hlt           ; an entry that fails with VMfail goes on here
 *             jmp failed */
export const STUB = 0x1000;
export const STUB_CODE = [0xf4, 0xeb, 0xfd, 0x0f, 0x01, 0xc2, 0xeb, 0x03, 0x0f, 0x01, 0xc3, 0xf4, 0xeb, 0xfd] as const;
export const LAUNCH = STUB + 3;
export const RESUME = STUB + 8;
export const FAILED = STUB + 11;
/** EIP of a processor that has executed one of the two HLTs. */
export const AFTER_EXIT = STUB + 1;
export const AFTER_FAILURE = FAILED + 1;

/** GDT: null, code, data, task. The TSS only has to exist. */
export const GDT = 0x2000;
export const GDT_WORDS = [0, 0, 0x0000ffff, 0x00cf9b00, 0x0000ffff, 0x00cf9300, 0x28000067, 0x00008b00] as const;
export const CODE_SELECTOR = 0x08;
export const DATA_SELECTOR = 0x10;
export const TASK_SELECTOR = 0x18;
export const TASK_STATE = 0x2800;
/** An IDT of zeros: interrupts are off in root operation, and nothing else should come. */
export const IDT = 0x3000;
/** Linear = physical by 4-MiB pages. */
export const PAGE_DIRECTORY = 0x4000;
export const VMXON_REGION = 0x5000;
export const MSR_BITMAP = 0x6000;
/** Operands in memory of the hypervisor's own instructions. */
export const SCRATCH = 0x7000;
export const HOST_STACK = 0x8000;
/** The first page that is given out. */
export const FIRST_FRAME = 0x8000;

/** Ticks from the end of a VM exit to the VM entry that follows it: what is counted for the hypervisor's own work, whatever that was. A real handler's path is
 *  some hundreds of instructions long; ours is none, so the length is a convention. Beside it each exit costs 3 ticks of real instructions: the exit itself,
 *  HLT, and VMLAUNCH or VMRESUME. */
export const HANDLER_TICKS = 400;
