/** The panels of the page, and which of them stand on the stage. */
import { html, type TemplateResult } from 'lit';
import type { MessageKey } from '../i18n/en.ts';
import type { Layout } from '../app/layout.ts';
import { type Scene, SCENES } from '../scenes.ts';
import type { Session } from '../session.ts';
import './balloon.ts';
import './bytes.ts';
import './code.ts';
import './console.ts';
import './exits.ts';
import './iommu.ts';
import './lens.ts';
import './map.ts';
import './pci.ts';
import './registers.ts';
import './root-layer.ts';
import './timeline.ts';
import './tlb.ts';
import './transport.ts';
import './virtio.ts';
import './vmcs.ts';
import './vms.ts';
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
  map: (s) => html`<gv-map .store=${s.store} .session=${s}></gv-map>`,
  vmcs: (s) => html`<gv-vmcs .store=${s.store}></gv-vmcs>`,
  tlb: (s) => html`<gv-tlb .store=${s.store} .session=${s}></gv-tlb>`,
  virtio: (s, layout) => html`<gv-virtio .store=${s.store} .session=${s} layout=${layout}></gv-virtio>`,
  iommu: (s, layout) => html`<gv-iommu .store=${s.store} .session=${s} layout=${layout}></gv-iommu>`,
  balloon: (s, layout) => html`<gv-balloon .store=${s.store} .session=${s} layout=${layout}></gv-balloon>`,
  pci: (s, layout) => html`<gv-pci .store=${s.store} .session=${s} layout=${layout}></gv-pci>`,
  vms: (s, layout) => html`<gv-vms .store=${s.store} .session=${s} layout=${layout}></gv-vms>`,
};

export const STAGE: readonly StagePanel[] = SCENES.map((id) => ({ id, title: `${id}.title`, render: PANELS[id] }));
