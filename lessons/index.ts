/** The lessons in teaching order, as text: src/ui/lessons reads them. README.md says how one is written. */
import balloon from './balloon.lesson?raw';
import dmaIsolation from './dma-isolation.lesson?raw';
import entryFailures from './entry-failures.lesson?raw';
import eptPermissions from './ept-permissions.lesson?raw';
import eptWalk from './ept-walk.lesson?raw';
import firstExit from './first-exit.lesson?raw';
import firstSteps from './first-steps.lesson?raw';
import paging from './paging.lesson?raw';
import protectedMode from './protected-mode.lesson?raw';
import rings from './rings.lesson?raw';
import staleTlb from './stale-tlb.lesson?raw';
import trapAndEmulate from './trap-and-emulate.lesson?raw';
import twoGuests from './two-guests.lesson?raw';
import virtioRing from './virtio-ring.lesson?raw';

export interface LessonFile {
  /** The file's name without its ending; stable, it stands in links. */
  readonly id: string;
  readonly text: string;
}

export const LESSONS: readonly LessonFile[] = [
  { id: 'first-steps', text: firstSteps },
  { id: 'protected-mode', text: protectedMode },
  { id: 'paging', text: paging },
  { id: 'rings', text: rings },
  { id: 'first-exit', text: firstExit },
  { id: 'trap-and-emulate', text: trapAndEmulate },
  { id: 'ept-walk', text: eptWalk },
  { id: 'ept-permissions', text: eptPermissions },
  { id: 'two-guests', text: twoGuests },
  { id: 'stale-tlb', text: staleTlb },
  { id: 'entry-failures', text: entryFailures },
  { id: 'virtio-ring', text: virtioRing },
  { id: 'dma-isolation', text: dmaIsolation },
  { id: 'balloon', text: balloon },
];
