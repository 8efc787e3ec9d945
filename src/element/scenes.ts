/** What an embed's stage can show beside the walk; each panel is loaded when it is shown. */
import { html, type TemplateResult } from 'lit';
import type { Session } from '../ui/session.ts';

interface Scene {
  load(): Promise<unknown>;
  render(session: Session): TemplateResult;
}

/** By the names of the attribute `scene`. */
export const SCENE_PANELS: Readonly<Record<string, Scene>> = {
  map: {
    load: () => import('../ui/panels/map.ts'),
    render: (s) => html`<gv-map .store=${s.store} .session=${s}></gv-map>`,
  },
  vmcs: { load: () => import('../ui/panels/vmcs.ts'), render: (s) => html`<gv-vmcs .store=${s.store}></gv-vmcs>` },
  tlb: { load: () => import('../ui/panels/tlb.ts'), render: (s) => html`<gv-tlb .store=${s.store} .session=${s}></gv-tlb>` },
  virtio: {
    load: () => import('../ui/panels/virtio.ts'),
    render: (s) => html`<gv-virtio .store=${s.store} .session=${s} layout="narrow"></gv-virtio>`,
  },
  iommu: {
    load: () => import('../ui/panels/iommu.ts'),
    render: (s) => html`<gv-iommu .store=${s.store} .session=${s} layout="narrow"></gv-iommu>`,
  },
  balloon: {
    load: () => import('../ui/panels/balloon.ts'),
    render: (s) => html`<gv-balloon .store=${s.store} .session=${s} layout="narrow"></gv-balloon>`,
  },
  pci: {
    load: () => import('../ui/panels/pci.ts'),
    render: (s) => html`<gv-pci .store=${s.store} .session=${s} layout="narrow"></gv-pci>`,
  },
  vms: {
    load: () => import('../ui/panels/vms.ts'),
    render: (s) => html`<gv-vms .store=${s.store} .session=${s} layout="narrow"></gv-vms>`,
  },
  code: { load: () => import('../ui/panels/code.ts'), render: (s) => html`<gv-code .store=${s.store} .session=${s}></gv-code>` },
  registers: { load: () => import('../ui/panels/registers.ts'), render: (s) => html`<gv-registers .store=${s.store}></gv-registers>` },
  exits: { load: () => import('../ui/panels/exits.ts'), render: (s) => html`<gv-exits .store=${s.store} .session=${s}></gv-exits>` },
  console: {
    load: () => import('../ui/panels/console.ts'),
    render: (s) => html`<gv-console .store=${s.store} .session=${s} open sheet></gv-console>`,
  },
};
