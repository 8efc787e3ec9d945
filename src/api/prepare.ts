/** From a request to what a machine is made of: the guest or source assembled, the image read whole, everything checked before anything is made. */
import { GlassError } from '../base/errors.ts';
import { type MachineConfig, readMachineConfig } from '../machine/config.ts';
import { type DeviceSpec, isOnPci } from '../machine/device-spec.ts';
import type { HostedConfig } from '../machine/hosted.ts';
import type { ImageFile } from '../machine/images/image.ts';
import { planLoad } from '../machine/images/loader.ts';
import type { Catalogue, CatalogueGuest, CatalogueHost } from './catalogue.ts';
import { assembleGuest, assembleImages, type Program, readFile } from './programs.ts';
import type { Equipment, Loaded, LoadRequest } from './protocol.ts';

export interface Prepared {
  readonly request: LoadRequest;
  readonly config: MachineConfig;
  /** What the machine is loaded with; the first of several images. */
  readonly image: ImageFile;
  /** The virtual machines of a host; null for a machine that runs the image itself. */
  readonly hosted: HostedConfig | null;
  readonly loaded: Loaded;
  /** What each image was made from. */
  readonly programs: readonly Program[];
}

const MIB = 1 << 20;
const SECTOR = 512;
/** Arguments that a function can take at once. */
const PIECE = 0x8000;

/** Throws GlassError: `bad-image`, `bad-assembly`, `bad-config`, `no-guest`. */
export function prepare(request: LoadRequest, catalogue: Catalogue, machine?: MachineConfig): Prepared {
  const { image: source } = request;
  const guest = source.kind === 'guest' ? withSource(findGuest(source.id, catalogue), source.source) : null;
  const config = machine ?? configOf(request, guest);
  const programs = programsOf(request, guest, catalogue);
  const [{ image, source: text, symbols }] = programs;
  const hosted = guest?.hosted ? hostOf(guest.hosted, programs, config) : null;
  const { format } = planLoad(image, (hosted?.images[0].ramMiB ?? config.ramMiB) * MIB);
  const loaded: Loaded = {
    name: guest?.id ?? image.name,
    format,
    ramMiB: config.ramMiB,
    ticksPerSecond: config.ticksPerSecond,
    source: text,
    symbols,
    isEdited: source.kind === 'guest' && source.source !== undefined && !isOfCatalogue(source.id, text, catalogue),
    expected: source.kind === 'guest' && source.source === undefined ? (guest?.expected.console ?? null) : null,
    look: guest?.look ?? null,
    has: equipmentOf(config, hosted),
  };
  return { request, config, image, hosted, loaded, programs };
}

function programsOf({ image }: LoadRequest, guest: CatalogueGuest | null, { includes }: Catalogue): readonly Program[] {
  if (guest?.hosted) return assembleImages(guest.hosted, includes);
  if (guest) return [assembleGuest(guest, includes)];
  if (image.kind === 'file') return [readFile(image, includes)];
  throw new GlassError('no-guest', 'The request names neither a guest nor a file.');
}

function configOf({ ramMiB, tlb, devices, disk }: LoadRequest, guest: CatalogueGuest | null): MachineConfig {
  const config: Record<string, unknown> = {};
  const ram = ramMiB ?? guest?.ramMiB;
  if (ram !== undefined) config['ramMiB'] = ram;
  const plugged = devices ?? guest?.devices ?? [];
  config['devices'] = disk === undefined ? plugged : withDisk(plugged, disk);
  const profile = tlb ?? guest?.tlb;
  if (profile !== undefined) config['tlb'] = profile;
  return readMachineConfig(config);
}

/** The first disk begins with `bytes`. */
function withDisk(devices: readonly DeviceSpec[], bytes: Uint8Array): readonly DeviceSpec[] {
  if (bytes.length === 0) throw new GlassError('bad-config', 'The disk is empty.', 'Give a file of at least one sector of 512 bytes.');
  const disk = { sectors: Math.ceil(bytes.length / SECTOR), contents: latin1(bytes) };
  const first = devices.findIndex(({ kind }) => kind === 'block');
  if (first < 0) return [...devices, { kind: 'block', ...disk }];
  return devices.map((device, i) => (i === first && device.kind === 'block' ? { ...device, ...disk } : device));
}

/** A character for each byte, zeros at the end left out. */
function latin1(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  let text = '';
  for (let at = 0; at < end; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + PIECE)));
  return text;
}

function hostOf({ images, disks, places, commands }: CatalogueHost, programs: readonly Program[], machine: MachineConfig): HostedConfig {
  return {
    machine,
    images: programs.map(({ image }, i) => ({ file: image, ramMiB: images[i].ramMiB })),
    disks: (disks ?? []).map((text) => new TextEncoder().encode(text)),
    ...(places === undefined ? {} : { places }),
    commands,
  };
}

/** Every virtual machine of a host has a set of virtio devices, the balloon among them; every PCI device is behind the IOMMU. */
function equipmentOf({ devices }: MachineConfig, hosted: HostedConfig | null): Equipment[] {
  const has: Equipment[] = [];
  if (hosted || devices.some(({ kind }) => kind !== 'npar-nic')) has.push('virtio');
  if (devices.some(isOnPci)) has.push('pci', 'iommu');
  if (hosted) has.push('balloon', 'vms');
  return has;
}

/** `text` is the guest's own. */
function isOfCatalogue(id: string, text: Program['source'], catalogue: Catalogue): boolean {
  const { hosted, source } = findGuest(id, catalogue);
  return text?.text === (hosted?.images[0].source ?? source);
}

/** The guest with another text. */
function withSource(guest: CatalogueGuest, source: string | undefined): CatalogueGuest {
  if (source === undefined) return guest;
  if (!guest.hosted) return { ...guest, source };
  // Virtual machines made from one text go on sharing it.
  const own = guest.hosted.images[0].source;
  const images = guest.hosted.images.map((image) => (image.source === own ? { ...image, source } : image));
  return { ...guest, hosted: { ...guest.hosted, images } };
}

function findGuest(id: string, { guests }: Catalogue): CatalogueGuest {
  const guest = guests.find((g) => g.id === id);
  if (guest) return guest;
  throw new GlassError('no-guest', `There is no guest "${id}".`, `Guests: ${guests.map((g) => g.id).join(', ')}.`);
}
