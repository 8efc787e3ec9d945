import { type Guest, lines } from '../guest.ts';
import source from './which-hypervisor.asm?raw';

export const WHICH_HYPERVISOR: Guest = {
  id: 'which-hypervisor',
  title: { en: 'Which hypervisor am I on?', fr: 'Sur quel hyperviseur suis-je ?' },
  prose: {
    en: 'One program in five virtual machines of one hypervisor, which shows each another face: none, KVM, Xen, Hyper-V, VMware. The program asks CPUID whether there is a hypervisor and how it signs, then uses one service of each: a clock in memory, a page of hypercalls, a counter in an MSR, a port that is a call. Watch which of them cost a VM exit, and which one does not.',
    fr: "Un même programme dans cinq machines virtuelles d'un même hyperviseur, qui montre à chacune un autre visage : aucun, KVM, Xen, Hyper-V, VMware. Le programme demande à CPUID s'il y a un hyperviseur et comment il signe, puis utilise un service de chacun : une horloge en mémoire, une page d'hyperappels, un compteur dans un MSR, un port qui est un appel. Regardez lesquels coûtent une sortie, et lequel n'en coûte pas.",
  },
  level: 'hypervisor',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 1,
  hosted: {
    images: [{ name: 'which-hypervisor', source, load: 0x10000, mode: 'protected', ramMiB: 1 }],
    places: 5,
    commands: [
      { do: 'create', image: 0, ramMiB: 1 },
      { do: 'create', image: 0, ramMiB: 1, face: 'kvm' },
      { do: 'create', image: 0, ramMiB: 1, face: 'xen' },
      { do: 'create', image: 0, ramMiB: 1, face: 'hyperv' },
      { do: 'create', image: 0, ramMiB: 1, face: 'vmware' },
    ],
  },
  expected: {
    console: lines(
      'vm0| CPUID says that this is a real machine.',
      'vm0| Port 5658 answers FFFFFFFF: nobody is there.',
      "vm1| A hypervisor, signed 'KVMKVMKVM', leaves up to 40000001",
      'vm1| KVM clock: 153720 ns since this machine was created',
      "vm2| A hypervisor, signed 'XenVMMXenVMM', leaves up to 40000002",
      'vm2| Xen hypercall 17: version 4.17',
      "vm3| A hypervisor, signed 'Microsoft Hv', leaves up to 40000005",
      'vm3| Hyper-V interface 31237648, reference counter 3409 times 100 ns',
      "vm4| A hypervisor, signed 'VMwareVMware', leaves up to 40000010",
      'vm4| VMware backdoor: version 6, it is 1767225600 s after 1 January 1970',
    ),
    stop: 'halt',
    exits: { 10: 11, 12: 5, 18: 1, 30: 64, 31: 1, 32: 2, 48: 10 },
  },
  look: 0x30000,
  scene: 'vms',
};
