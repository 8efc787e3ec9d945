/** Why the machine stands still. `halt`: HLT, and nothing can ever wake it; or switched off. `reset`: the guest asked for a reset, and there is no firmware.
 *  `watchpoint` and what follows: behind what somebody asked to stop behind. */
export type MachineStop =
  | 'loaded'
  | 'budget'
  | 'halt'
  | 'shutdown'
  | 'debug-exit'
  | 'reset'
  | 'breakpoint'
  | 'watchpoint'
  | 'field'
  | 'event'
  | 'exit'
  | 'walk';
