/** The forms that make a stop: one of each kind. A form gives a stop, or says what it did not understand. */
import { html, type TemplateResult } from 'lit';
import { EXIT_REASONS } from '../../arch/exit-reasons.ts';
import { VIRTQUEUE_OPERATIONS } from '../../trace/schema.ts';
import { VMCS_FIELDS, vmcsField } from '../../arch/vmcs-fields.ts';
import type { DeviceEvent, NamedDevice, Watchpoint } from '../../api/protocol.ts';
import { readHex, readPlace } from '../edit/read.ts';
import type { MessageKey } from '../i18n/en.ts';
import type { State } from '../store.ts';
import type { ReadersStop } from '../stops.ts';
import { hexText } from '../widgets/number.ts';
import { type Naming, numberOf, virtioText } from './stop-words.ts';

export type StopKind = ReadersStop['kind'];
type Given = (name: string) => string;
/** A stop, or the sentence that says what is wrong with what was typed. */
type Made = ReadersStop | MessageKey;

/** What a form is drawn from. */
export interface Drawing extends Naming {
  readonly state: State;
  /** What happens, of the device events. */
  readonly event: DeviceEvent['on'];
  readonly isWrong: boolean;
  readonly chooseEvent: (event: DeviceEvent['on']) => void;
}

interface Form {
  readonly title: MessageKey;
  readonly draw: (drawing: Drawing) => TemplateResult;
  readonly read: (given: Given, state: State) => Made;
}

const ACCESSES = ['write', 'read', 'any'] as const satisfies readonly Watchpoint['access'][];
const SPACES = ['v', 'g', 'h'] as const;
const MOST_BYTES = 4096;
const OFF = { autocomplete: 'off', spellcheck: false } as const;

/** Of devices that answer at ports or in memory; the rest of the machine's are told by their queues. */
const DEVICES = [
  ...(['pic', 'pit', 'rtc', 'port61', 'systemControl', 'uart', 'cgaText', 'debugConsole', 'debugExit', 'acpi'] as const),
  ...(['lapic', 'ioapic', 'iommu', 'pciHost', 'pci'] as const),
  ...(['virtio-console', 'virtio-block', 'virtio-network', 'virtio-entropy', 'virtio-balloon'] as const),
] satisfies readonly NamedDevice[];

export const STOP_FORMS: Readonly<Record<StopKind, Form>> = {
  code: {
    title: 'stops.code',
    draw: (d) => addressField(d, ''),
    read: (given, { loaded }) => {
      const place = readPlace(given('address'), loaded?.symbols ?? {});
      return place === null || (place.space ?? 'v') !== 'v' ? 'stops.wrongAddress' : { kind: 'code', linear: place.address };
    },
  },
  data: { title: 'stops.data', draw: dataFields, read: readData },
  field: { title: 'stops.fields', draw: vmcsFields, read: readField },
  event: { title: 'stops.events', draw: eventFields, read: readEvent },
  exit: {
    title: 'stops.exits',
    draw: ({ t, state }) =>
      html`<label class="wide">${t('stops.reason')}<select name="reason" lang="en">${EXIT_REASONS.filter(({ number }) => !state.view.stopReasons.includes(number)).map(({ number, name }) => html`<option value=${number}>${number} ${name}</option>`)}</select></label>`,
    read: (given) => ({ kind: 'exit', reason: Number(given('reason')) }),
  },
};

/** The kinds of stops that this machine can meet. */
export function kindsIn({ loaded }: State): readonly DeviceEvent['on'][] {
  const has = loaded?.has ?? [];
  return [
    'access',
    'interrupt',
    ...(has.includes('virtio') || has.includes('vms') ? (['queue'] as const) : []),
    ...(has.includes('pci') || has.includes('iommu') ? (['dma'] as const) : []),
    ...(has.includes('balloon') ? (['balloon'] as const) : []),
  ];
}

function addressField({ t, isWrong }: Drawing, value: string): TemplateResult {
  return html`<label class="wide">${t('stops.address')}<input name="address" required spellcheck=${OFF.spellcheck} autocomplete=${OFF.autocomplete} autocapitalize="off" .value=${value} aria-invalid=${isWrong} /></label>`;
}

function dataFields({ t, state, isWrong }: Drawing): TemplateResult {
  const { lens } = state.view;
  return html`<label class="wide">${t('stops.address')}<span class="pair"><select name="space" aria-label=${t('code.linear')}>${SPACES.map((space) => html`<option>${space}:</option>`)}</select><input name="address" required .value=${hexText(lens.linear)} spellcheck=${OFF.spellcheck} autocomplete=${OFF.autocomplete} autocapitalize="off" aria-invalid=${isWrong} /></span></label>
    <label>${t('stops.length')}<input name="length" class="short" required inputmode="numeric" .value=${String(lens.size)} autocomplete=${OFF.autocomplete} /></label>
    <label>${t('stops.access')}<select name="access">${ACCESSES.map((access) => html`<option value=${access}>${t(`stops.${access}`)}</option>`)}</select></label>`;
}

function readData(given: Given, { loaded }: State): Made {
  const place = readPlace(given('address'), loaded?.symbols ?? {});
  const length = Number(given('length'));
  if (place === null) return 'stops.wrongAddress';
  if (!Number.isInteger(length) || length < 1 || length > MOST_BYTES) return 'stops.wrongLength';
  const space = place.space ?? (given('space').slice(0, 1) as Watchpoint['space']);
  return { kind: 'data', point: { space, address: place.address, length, access: given('access') as Watchpoint['access'] } };
}

/** A field is searched for by any part of its name: the browser's own list does that. */
function vmcsFields({ t, isWrong }: Drawing): TemplateResult {
  return html`<label class="wide">${t('stops.field')}<input name="field" lang="en" list="vmcs-fields" required spellcheck=${OFF.spellcheck} autocomplete=${OFF.autocomplete} autocapitalize="off" aria-invalid=${isWrong} /></label>
    <datalist id="vmcs-fields" lang="en">${VMCS_FIELDS.map(({ name, encoding }) => html`<option value=${name}>${hexText(encoding, 4)}</option>`)}</datalist>`;
}

function readField(given: Given): Made {
  const typed = given('field').trim().toLowerCase();
  const named = VMCS_FIELDS.filter(({ name }) => name.toLowerCase().includes(typed));
  const field = named.find(({ name }) => name.toLowerCase() === typed) ?? (named.length === 1 ? named[0] : byEncoding(typed));
  return field === null ? 'stops.wrongField' : { kind: 'field', encoding: field.encoding };
}

function byEncoding(typed: string): { readonly encoding: number } | null {
  const encoding = readHex(typed);
  return encoding === null || (encoding & 1) !== 0 ? null : vmcsField(encoding);
}

function eventFields(drawing: Drawing): TemplateResult {
  const { t, event, state, chooseEvent } = drawing;
  const choose = (e: Event): void => chooseEvent((e.target as HTMLSelectElement).value as DeviceEvent['on']);
  return html`<label class="wide">${t('stops.event')}<select name="event" @change=${choose}>${kindsIn(state).map((kind) => html`<option value=${kind} ?selected=${kind === event}>${t(`stops.event.${kind}`)}</option>`)}</select></label>${PARTS[event](drawing)}`;
}

const PARTS: Readonly<Record<DeviceEvent['on'], (drawing: Drawing) => TemplateResult | string>> = {
  access: ({
    t,
  }) => html`<label class="wide">${t('stops.device')}<select name="device">${DEVICES.map((device) => html`<option value=${device}>${t(`device.${device}`)}</option>`)}</select></label>
    <label>${t('stops.access')}<select name="access">${[...ACCESSES].reverse().map((access) => html`<option value=${access}>${t(`stops.${access}`)}</option>`)}</select></label>`,
  interrupt: ({
    t,
    isWrong,
  }) => html`<label>${t('stops.vector')}<input name="vector" class="short" required .value=${'20'} spellcheck=${OFF.spellcheck} autocomplete=${OFF.autocomplete} aria-invalid=${isWrong} /></label>
    <label class="wide">${t('stops.phase')}<select name="phase">${(['delivery', 'request'] as const).map((phase) => html`<option value=${phase}>${t(`stops.${phase}`)}</option>`)}</select></label>`,
  queue: ({
    t,
    virtio,
  }) => html`<label class="wide">${t('stops.device')}<select name="device"><option value="">${t('stops.anyDevice')}</option>${virtio.map((view) => html`<option value=${numberOf(view)}>${virtioText(view, t)}</option>`)}</select></label>
    <label class="wide">${t('stops.operation')}<select name="operation">${VIRTQUEUE_OPERATIONS.map((operation) => html`<option value=${operation}>${t(`stops.operation.${operation}`)}</option>`)}</select></label>`,
  dma: ({ t }) =>
    html`<label>${t('stops.outcome')}<select name="outcome">${(['refused', 'done'] as const).map((outcome) => html`<option value=${outcome}>${t(`stops.${outcome}`)}</option>`)}</select></label>`,
  balloon: () => '',
};

function readEvent(given: Given): Made {
  const on = given('event') as DeviceEvent['on'];
  const event = EVENTS[on](given);
  return event === null ? 'stops.wrongVector' : { kind: 'event', event };
}

const EVENTS: Readonly<Record<DeviceEvent['on'], (given: Given) => DeviceEvent | null>> = {
  access: (given) => ({ on: 'access', device: given('device') as NamedDevice, access: given('access') as 'read' | 'write' | 'any' }),
  interrupt: (given) => {
    const vector = readHex(given('vector'));
    return vector === null || vector > 0xff ? null : { on: 'interrupt', phase: given('phase') as 'request' | 'delivery', vector };
  },
  queue: (given) => ({
    on: 'queue',
    device: given('device') === '' ? null : Number(given('device')),
    operation: given('operation') as (typeof VIRTQUEUE_OPERATIONS)[number],
  }),
  dma: (given) => ({ on: 'dma', outcome: given('outcome') as 'done' | 'refused' }),
  balloon: () => ({ on: 'balloon' }),
};
