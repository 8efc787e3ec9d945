/** What can be asked of the hypervisor: each command is journalled, so that it comes again in a replay. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Command, VmsView, VmView } from '../../api/protocol.ts';
import type { Telling } from './virtio-facts.ts';

/** Gives a command. */
export type Give = (command: Command) => void;

/** What each command does, in the order in which they stand. */
const HELPS = [
  ['vms.pause', 'vms.help.pause'],
  ['vms.weight', 'vms.help.share'],
  ['vms.cap', 'vms.help.cap'],
  ['vms.balloon', 'vms.help.balloon'],
  ['vms.stats', 'vms.help.stats'],
  ['vms.hint', 'vms.help.hint'],
  ['vms.destroy', 'vms.help.destroy'],
  ['vms.create', 'vms.help.create'],
  ['vms.face', 'vms.help.face'],
  ['vms.mergeable', 'vms.help.mergeable'],
  ['vms.merge', 'vms.help.merge'],
] as const;

const FACES = ['none', 'kvm', 'xen', 'hyperv', 'vmware'] as const;

/** Commands for one virtual machine. */
export function commandsFor(vm: VmView, { t }: Telling, give: Give): TemplateResult {
  const name = `vm${vm.number}`;
  const number = vm.number;
  const numbers = (event: SubmitEvent): FormData => {
    event.preventDefault();
    return new FormData(event.target as HTMLFormElement);
  };
  const ask = (what: 'stats' | 'hint'): TemplateResult =>
    html`<button class="link" ?disabled=${!vm.hasBalloon} title=${vm.hasBalloon ? t(`vms.help.${what}`) : t('vms.noBalloon')} @click=${() => give({ do: what, vm: number })}>${t(`vms.${what}`)}</button>`;
  return html`<div class="commands" role="group" aria-label=${t('vms.command', { vm: name })}><b>${t('vms.command', { vm: name })}</b>
    <button class="link" ?disabled=${vm.status === 'stopped'} title=${t('vms.help.pause')} @click=${() => give({ do: vm.isPaused ? 'resume' : 'pause', vm: number })}>${t(vm.isPaused ? 'vms.resume' : 'vms.pause')}</button>
    <form @submit=${(e: SubmitEvent) => {
      const data = numbers(e);
      give({ do: 'share', vm: number, weight: Number(data.get('weight')), cap: Number(data.get('cap')) });
    }}>
      <label title=${t('vms.help.share')}>${t('vms.weight')} <input name="weight" type="number" min="1" max="65536" .value=${String(vm.weight)} /></label>
      <label title=${t('vms.help.cap')}>${t('vms.cap')} <input class="small" name="cap" type="number" min="0" max="100" .value=${String(vm.cap)} /> %</label><button class="link">${t('vms.set')}</button></form>
    <form @submit=${(e: SubmitEvent) => give({ do: 'balloon', vm: number, pages: Number(numbers(e).get('pages')) })}>
      <label title=${t('vms.help.balloon')}>${t('vms.balloon')} <input name="pages" type="number" min="0" max=${vm.ramPages} .value=${String(vm.balloonTarget)} /></label><button class="link">${t('vms.set')}</button></form>
    ${ask('stats')}${ask('hint')}
    <span class="space"></span><button class="link" title=${t('vms.help.destroy')} @click=${() => give({ do: 'destroy', vm: number })}>${t('vms.destroy')}</button></div>`;
}

/** Creating another, and merging pages. */
export function commandsForAll(view: VmsView, { t }: Telling, give: Give): TemplateResult {
  const isFull = view.vms.length >= view.places;
  const create = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    give({
      do: 'create',
      image: Number(data.get('image')),
      ramMiB: Number(data.get('ram')),
      face: String(data.get('face')),
      isMergeable: data.has('mergeable'),
      ...(data.get('disk') ? { disk: Number(data.get('disk')) } : {}),
    });
  };
  return html`<div class="commands" role="group" aria-label=${t('vms.create')}><b>${t('vms.newVm')}</b><form @submit=${create}>
      <label><span class="visually-hidden">${t('vms.image')}</span><select name="image">${view.images.map((name, i) => html`<option value=${i}>${name}</option>`)}</select></label>
      <label><input class="small" name="ram" type="number" min="1" max="512" value="1" aria-label=${t('vms.memory')} /> ${t('vms.mib')}</label>
      <label><span class="visually-hidden">${t('vms.face')}</span><select name="face">${FACES.map((face) => html`<option value=${face}>${t(`vms.face.${face}`)}</option>`)}</select></label>
      ${
        view.disks.length === 0
          ? nothing
          : html`<label><span class="visually-hidden">${t('vms.disk')}</span><select name="disk"><option value="">${t('vms.noDisk')}</option>${view.disks.map((bytes, i) => html`<option value=${i}>${t('vms.diskOf', { n: i, size: Math.ceil(bytes / 1024) })}</option>`)}</select></label>`
      }
      <label class="tick-box" title=${t('vms.help.mergeable')}><input type="checkbox" name="mergeable" checked />${t('vms.mergeable')}</label>
      <button class="link" ?disabled=${isFull} title=${isFull ? t('vms.full') : t('vms.help.create')}>${t('vms.create')}</button>${isFull ? html` <span class="note">${t('vms.full')}</span>` : nothing}</form>
    <button class="link" title=${t('vms.help.merge')} @click=${() => give({ do: 'merge' })}>${t('vms.merge')}</button>
    ${view.commands > 0 ? html`<span class="note">${t('vms.queued', { n: view.commands })}</span>` : nothing}</div>`;
}

/** A word that brings what each of them does. */
export function commandHelp({ t }: Telling): TemplateResult {
  return html`<button class="link" popovertarget="helps" aria-haspopup="dialog">${t('vms.help')}</button>
    <div id="helps" popover role="dialog" aria-label=${t('vms.help')}><h2>${t('vms.help')}</h2><dl>${HELPS.map(([name, help]) => html`<dt>${t(name)}</dt><dd>${t(help)}</dd>`)}</dl><p>${t('vms.help.journal')}</p></div>`;
}
