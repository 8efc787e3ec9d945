/** Where a virtio-mmio device is found. */
export interface VirtioMmioPlace {
  readonly name: string;
  readonly slot: number;
  /** Host-physical address of its window; of a virtual machine's device, guest-physical. */
  readonly base: number;
  /** Interrupt line, level-triggered, which no PCI link is wired to. */
  readonly irq: number;
}

const BASE = 0xfeb0_0000;
/** From one window to the next: each has a page, so that a hypervisor can give away one alone. */
const SPACING = 0x1000;

/** The same on the machine and in the virtual machines of the hosted hypervisor, so that a driver need not know where it runs. */
export const VIRTIO_PLACES = [
  { name: 'console', slot: 0, base: BASE, irq: 5 },
  { name: 'block', slot: 1, base: BASE + SPACING, irq: 6 },
  { name: 'network', slot: 2, base: BASE + 2 * SPACING, irq: 3 },
  { name: 'entropy', slot: 3, base: BASE + 3 * SPACING, irq: 14 },
  { name: 'balloon', slot: 4, base: BASE + 4 * SPACING, irq: 12 },
] as const satisfies readonly VirtioMmioPlace[];
export type VirtioName = (typeof VIRTIO_PLACES)[number]['name'];

/** The place of the device called `name`. */
export function placeOf(name: VirtioName): (typeof VIRTIO_PLACES)[number] {
  return VIRTIO_PLACES.find((place) => place.name === name) as (typeof VIRTIO_PLACES)[number];
}

/** First port of ELCR, which says of each interrupt line whether it is level-triggered. */
export const ELCR = 0x4d0;

/** What firmware writes to the two ports of ELCR so that `lines` are level-triggered. */
export function elcrFor(lines: readonly number[]): readonly [low: number, high: number] {
  const bits = lines.reduce((set, line) => set | (1 << line), 0);
  return [bits & 0xff, bits >> 8];
}
