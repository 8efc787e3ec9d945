/** What an embed can show beside the walk, on its stage and around it; each panel is loaded when it is shown. */
import { html, type TemplateResult } from 'lit';
import type { Scene as PageScene } from '../ui/scenes.ts';
import type { Session } from '../ui/session.ts';

interface Scene {
  load(): Promise<unknown>;
  render(session: Session): TemplateResult;
}

/** What the attribute `scene` may say. */
export type SceneName = 'walk' | 'code' | 'registers' | 'exits' | 'timeline' | 'console' | PageScene;

/** By the names of the attribute `scene`; the walk is drawn by the viewer itself. */
export const SCENE_PANELS: Readonly<Record<string, Scene>> = {
  map: {
    load: () => import('../ui/panels/map.ts'),
    render: (s) => html`<gv-map part="map" .store=${s.store} .session=${s}></gv-map>`,
  },
  vmcs: {
    load: () => import('../ui/panels/vmcs.ts'),
    render: (s) => html`<gv-vmcs part="vmcs" .store=${s.store} .session=${s}></gv-vmcs>`,
  },
  tlb: {
    load: () => import('../ui/panels/tlb.ts'),
    render: (s) => html`<gv-tlb part="tlb" .store=${s.store} .session=${s}></gv-tlb>`,
  },
  memory: {
    load: () => import('../ui/panels/memory.ts'),
    render: (s) => html`<gv-memory part="memory" .store=${s.store} .session=${s}></gv-memory>`,
  },
  tables: {
    load: () => import('../ui/panels/tables.ts'),
    render: (s) => html`<gv-tables part="tables" .store=${s.store} .session=${s}></gv-tables>`,
  },
  virtio: {
    load: () => import('../ui/panels/virtio.ts'),
    render: (s) => html`<gv-virtio part="virtio" exportparts="ring" .store=${s.store} .session=${s} layout="narrow"></gv-virtio>`,
  },
  iommu: {
    load: () => import('../ui/panels/iommu.ts'),
    render: (s) => html`<gv-iommu part="iommu" .store=${s.store} .session=${s} layout="narrow"></gv-iommu>`,
  },
  balloon: {
    load: () => import('../ui/panels/balloon.ts'),
    render: (s) => html`<gv-balloon part="balloon" .store=${s.store} .session=${s} layout="narrow"></gv-balloon>`,
  },
  pci: {
    load: () => import('../ui/panels/pci.ts'),
    render: (s) => html`<gv-pci part="pci" .store=${s.store} .session=${s} layout="narrow"></gv-pci>`,
  },
  vms: {
    load: () => import('../ui/panels/vms.ts'),
    render: (s) => html`<gv-vms part="vms" .store=${s.store} .session=${s} layout="narrow"></gv-vms>`,
  },
  code: {
    load: () => import('../ui/panels/code.ts'),
    render: (s) => html`<gv-code part="code" .store=${s.store} .session=${s}></gv-code>`,
  },
  registers: {
    load: () => import('../ui/panels/registers.ts'),
    render: (s) => html`<gv-registers part="registers" .store=${s.store} .session=${s}></gv-registers>`,
  },
  exits: {
    load: () => import('../ui/panels/exits.ts'),
    render: (s) => html`<gv-exits part="exits" .store=${s.store} .session=${s}></gv-exits>`,
  },
  timeline: {
    load: () => import('../ui/panels/timeline.ts'),
    render: (s) => html`<gv-timeline part="timeline" .store=${s.store} .session=${s}></gv-timeline>`,
  },
  console: {
    load: () => import('../ui/panels/console.ts'),
    render: (s) => html`<gv-console part="console" .store=${s.store} .session=${s} open sheet></gv-console>`,
  },
};

/** What stands around the scene. */
export const AROUND_PANELS: Readonly<Record<string, Scene>> = {
  code: SCENE_PANELS['code'],
  registers: {
    load: () => import('../ui/panels/registers.ts'),
    render: (s) => html`<gv-registers part="registers" .store=${s.store} .session=${s} brief></gv-registers>`,
  },
  timeline: SCENE_PANELS['timeline'],
  lens: {
    load: () => import('./lens-bar.ts'),
    render: (s) => html`<gv-lens-bar part="lens" .store=${s.store} .session=${s}></gv-lens-bar>`,
  },
  source: {
    load: () => Promise.all([import('../ui/edit/source.ts'), import('../ui/edit/editor.ts')]),
    render: (s) => html`<gv-source part="source" .store=${s.store} .session=${s}></gv-source>`,
  },
};

/** The parts that a page can style from outside, of the viewer and of the panels in it. */
export const PARTS: readonly string[] = [
  ...['viewer', 'band', 'head', 'stage', 'narration', 'transport', 'button', 'speed', 'walk', 'walk-cell', 'ring', 'lesson'],
  ...new Set([...Object.keys(SCENE_PANELS), ...Object.keys(AROUND_PANELS)]),
];
