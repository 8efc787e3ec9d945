import { CONTROL, CONTROL_BY_KEY, type ControlKey } from '../../src/arch/vmx-controls.ts';
import { EPT_ROOT, type FieldValues, GOOD_CONTROLS } from './good-vmcs.ts';
import type { Rig } from './rig.ts';

const FIELD_OF = {
  pin: 'pinBasedControls',
  primary: 'primaryControls',
  secondary: 'secondaryControls',
  exit: 'exitControls',
  entry: 'entryControls',
} as const;

/** The good controls and these. */
export function controls(...keys: ControlKey[]): FieldValues {
  const values: Record<string, number> = {};
  for (const key of keys) {
    const field = FIELD_OF[CONTROL_BY_KEY[key].word];
    values[field] = (values[field] ?? GOOD_CONTROLS[field]) | CONTROL[key];
  }
  return values;
}

/** EPT that maps the first GiB 1:1 by 2-MiB pages, apart from 8 to 10 MiB. */
export function mapEpt(rig: Rig): FieldValues {
  rig.write(EPT_ROOT, 0xc007, 0);
  rig.write(0xc000, 0xd007, 0);
  for (let i = 0; i < 512; i++) rig.write(0xd000 + 8 * i, i === 4 ? 0 : (i << 21) | 0xb7, 0);
  return { ...controls('enableEpt'), eptPointer: [EPT_ROOT | 0x1e, 0] };
}
