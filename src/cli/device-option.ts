import { GlassError } from '../base/errors.ts';
import type { DeviceSpec } from '../machine/device-spec.ts';
import { parseNumber } from './command.ts';

const SIMPLE = ['console', 'block', 'network', 'entropy'] as const;
const DEFAULT_VFS = '4';
const DEFAULT_SHARES = '4';

/** A device as `--device` names it: `block`, `network:pci`, `sriov-nic:3`, `npar-nic:2`. How many there can be, the machine says. */
export function readDevice(text: string): DeviceSpec {
  const [kind, detail, ...rest] = text.split(':');
  if (rest.length === 0) {
    const simple = SIMPLE.find((name) => name === kind);
    if (simple !== undefined && (detail === undefined || detail === 'mmio' || detail === 'pci'))
      return detail === undefined ? { kind: simple } : { kind: simple, bus: detail };
    if (kind === 'sriov-nic') return { kind, vfs: parseNumber(detail ?? DEFAULT_VFS, '--device sriov-nic') };
    if (kind === 'npar-nic') return { kind, shares: equalShares(parseNumber(detail ?? DEFAULT_SHARES, '--device npar-nic')) };
  }
  throw new GlassError(
    'bad-usage',
    `--device is "${text}".`,
    `It is one of ${SIMPLE.join(', ')}, with :pci for the other bus, or sriov-nic:VFS or npar-nic:SHARES.`,
  );
}

/** Each may have all that the others leave; their guaranteed parts make 100 per cent. */
function equalShares(count: number): { min: number; max: number }[] {
  const each = Math.floor(100 / count);
  return Array.from({ length: Math.min(count, 100) }, (_, i) => ({ min: i === 0 ? 100 - each * (count - 1) : each, max: 100 }));
}
