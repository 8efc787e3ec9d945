import type { FaceName } from '../vm-layout.ts';
import type { Face } from './face.ts';
import { HYPERV } from './hyperv.ts';
import { KVM } from './kvm.ts';
import { VMWARE } from './vmware.ts';
import { XEN } from './xen.ts';

/** Every face that a virtual machine can be given; `none` has no leaves at all, and the hypervisor bit is 0. */
export const FACE_LIST: Readonly<Record<Exclude<FaceName, 'none'>, Face>> = { kvm: KVM, xen: XEN, hyperv: HYPERV, vmware: VMWARE };

/** Null for `none`. */
export function faceOf(name: FaceName): Face | null {
  return name === 'none' ? null : FACE_LIST[name];
}
