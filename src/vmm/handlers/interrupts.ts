/** Exits by events from outside the guest. What they mean for it is decided when it is entered again. */
import type { ExitHandler } from './handler.ts';

const VALID = 0x80000000 | 0;

/** An interrupt of the host's controllers, acknowledged by the exit. */
export const handleExternalInterrupt: ExitHandler = (vm, services) => {
  const info = vm.read('exitInterruptionInfo');
  if (info & VALID) services.hostInterrupt(info & 0xff);
};

/** The guest can take an interrupt now; or the turn ends; or one step is done. The next entry sees to it. */
export const goOn: ExitHandler = () => {};
