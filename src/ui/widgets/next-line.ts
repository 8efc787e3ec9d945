/** The instruction about to run, in one line beside the needle: as the code has it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Frame } from '../../api/protocol.ts';
import { pageText } from './instruction.ts';

/** Needle, `name` ("next") and the text; nothing where the code is not known, as during a run. */
export function nextLine(frame: Pick<Frame, 'code'> | null, name: string): TemplateResult | typeof nothing {
  const { lines, current } = frame?.code ?? { lines: [], current: null };
  const line = lines.find(({ linear }) => linear === current);
  return line ? html`<span class="needle"></span><span class="note">${name}</span><span class="mono">${pageText(line)}</span>` : nothing;
}
