/** Who had the processor: a lane for each virtual machine, its turns as blocks on one scale of ticks. */
import { html, svg, type TemplateResult } from 'lit';
import type { TurnView, VmsView } from '../../api/protocol.ts';

/** Ticks from the first turn that is known up to now. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is drawn. */
export function stretchOf({ turns, tick }: VmsView): Stretch {
  return { from: turns[0]?.from ?? 0, to: Math.max(tick, (turns[0]?.from ?? 0) + 1) };
}

/** A virtual machine's part of the ticks that are drawn, in per cent. */
export function shareOf(turns: readonly TurnView[], vm: number, { from, to }: Stretch): number {
  const ticks = turns.reduce((sum, turn) => (turn.vm === vm ? sum + Math.min(turn.to, to) - turn.from : sum), 0);
  return Math.round((100 * ticks) / (to - from));
}

const WIDTH = 1000;
const HEIGHT = 16;

/** The lane of one virtual machine; `say` puts a turn into words. */
export function lane(turns: readonly TurnView[], vm: number, { from, to }: Stretch, say: (turn: TurnView) => string): TemplateResult {
  const x = (tick: number): number => ((tick - from) / (to - from)) * WIDTH;
  const own = turns.filter((turn) => turn.vm === vm);
  return html`<svg class="lane" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
    <line class="base" x1="0" x2=${WIDTH} y1=${HEIGHT / 2} y2=${HEIGHT / 2} />
    ${own.map((turn) => svg`<rect class="turn ${turn.to >= to ? 'now' : ''}" x=${x(turn.from)} y="3" width=${Math.max(2, x(turn.to) - x(turn.from))} height=${HEIGHT - 6}><title>${say(turn)}</title></rect>`)}
  </svg>`;
}
