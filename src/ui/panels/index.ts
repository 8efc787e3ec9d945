/** The panels of the page, and which of them stand on the stage. */
import { html, type TemplateResult } from 'lit';
import type { MessageKey } from '../i18n/en.ts';
import type { Layout } from '../app/layout.ts';
import { type Scene, SCENES } from '../scenes.ts';
import type { Session } from '../session.ts';
import './bytes.ts';
import './code.ts';
import './console.ts';
import './exits.ts';
import './lens.ts';
import './registers.ts';
import './root-layer.ts';
import './steps.ts';
import './stops.ts';
import './timeline.ts';
import './transport.ts';
import './walk.ts';
import './why.ts';
import './world-band.ts';

export interface StagePanel {
  readonly id: Scene;
  readonly title: MessageKey;
  render(session: Session, layout: Layout): TemplateResult;
}

const PANELS: Readonly<Record<Scene, StagePanel['render']>> = {
  walk: (s, layout) => html`<gv-walk .store=${s.store} .session=${s} layout=${layout}></gv-walk>`,
  map: (s) => later('map', s) ?? html`<gv-map .store=${s.store} .session=${s}></gv-map>`,
  vmcs: (s) => later('vmcs', s) ?? html`<gv-vmcs .store=${s.store} .session=${s}></gv-vmcs>`,
  tlb: (s) => later('tlb', s) ?? html`<gv-tlb .store=${s.store} .session=${s}></gv-tlb>`,
  virtio: (s, layout) => later('virtio', s) ?? html`<gv-virtio .store=${s.store} .session=${s} layout=${layout}></gv-virtio>`,
  iommu: (s, layout) => later('iommu', s) ?? html`<gv-iommu .store=${s.store} .session=${s} layout=${layout}></gv-iommu>`,
  balloon: (s, layout) => later('balloon', s) ?? html`<gv-balloon .store=${s.store} .session=${s} layout=${layout}></gv-balloon>`,
  pci: (s, layout) => later('pci', s) ?? html`<gv-pci .store=${s.store} .session=${s} layout=${layout}></gv-pci>`,
  vms: (s, layout) => later('vms', s) ?? html`<gv-vms .store=${s.store} .session=${s} layout=${layout}></gv-vms>`,
  tables: (s) => later('tables', s) ?? html`<gv-tables .store=${s.store} .session=${s}></gv-tables>`,
  memory: (s) => later('memory', s) ?? html`<gv-memory .store=${s.store} .session=${s}></gv-memory>`,
};

/** Panels of what few machines have, and the terminal: they come when they are first looked at, so that the first frame need not wait for them. */
export const LATER = {
  map: () => import('./map.ts'),
  vmcs: () => import('./vmcs.ts'),
  tlb: () => import('./tlb.ts'),
  virtio: () => import('./virtio.ts'),
  iommu: () => import('./iommu.ts'),
  balloon: () => import('./balloon.ts'),
  pci: () => import('./pci.ts'),
  vms: () => import('./vms.ts'),
  tables: () => import('./tables.ts'),
  memory: () => import('./memory.ts'),
  terminal: () => import('./console-terminal.ts'),
};

/** Nothing to be drawn, as long as the panel has not come; null when it has. */
function later(scene: keyof typeof LATER, { store }: Session): TemplateResult | null {
  if (customElements.get(`gv-${scene}`)) return null;
  void LATER[scene]().then(() => store.update({}));
  return html``;
}

export const STAGE: readonly StagePanel[] = SCENES.map((id) => ({ id, title: `${id}.title`, render: PANELS[id] }));
