/** Panels of the stage, in the order of their keys 1, 2, 3 ... */
import { html, type TemplateResult } from 'lit';
import type { MessageKey } from '../i18n/en.ts';
import type { Layout } from '../app/layout.ts';
import type { Session } from '../session.ts';
import './code.ts';
import './console.ts';
import './exits.ts';
import './lens.ts';
import './map.ts';
import './registers.ts';
import './root-layer.ts';
import './timeline.ts';
import './tlb.ts';
import './transport.ts';
import './vmcs.ts';
import './walk.ts';
import './why.ts';
import './world-band.ts';

export interface StagePanel {
  readonly id: string;
  readonly title: MessageKey;
  render(session: Session, layout: Layout): TemplateResult;
}

export const STAGE: readonly StagePanel[] = [
  { id: 'walk', title: 'walk.title', render: (s, layout) => html`<gv-walk .store=${s.store} .session=${s} layout=${layout}></gv-walk>` },
  { id: 'map', title: 'map.title', render: (s) => html`<gv-map .store=${s.store} .session=${s}></gv-map>` },
  { id: 'vmcs', title: 'vmcs.title', render: (s) => html`<gv-vmcs .store=${s.store}></gv-vmcs>` },
  { id: 'tlb', title: 'tlb.title', render: (s) => html`<gv-tlb .store=${s.store} .session=${s}></gv-tlb>` },
];
