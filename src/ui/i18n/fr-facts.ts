/** Les mots de l'architecture en français, sous la clé du texte anglais des tables de `arch/`. Un test vérifie qu'il n'en manque pas ; les noms du manuel
 *  (EPT violation, HLT exiting…) restent tels quels, car c'est sous ce nom qu'on les y trouve. */
import type { EptMisconfiguration } from '../../arch/ept.ts';
import type { QUALIFICATIONS } from '../../arch/exit-qualifications.ts';
import type { ExitReasonKey } from '../../arch/exit-reasons.ts';

type Qualifications = (typeof QUALIFICATIONS)[keyof typeof QUALIFICATIONS][number];

/** Quand une cause de sortie survient. */
export const FR_WHEN: Readonly<Record<ExitReasonKey, string>> = {
  exceptionOrNmi:
    'un bit de la carte des exceptions (pour #PF avec le masque et la valeur attendue du code d’erreur), ou une NMI sous « NMI exiting »',
  externalInterrupt: 'une interruption externe arrive, quoi que dise RFLAGS.IF',
  tripleFault: 'une exception pendant la livraison de #DF',
  initSignal: 'un INIT arrive',
  interruptWindow: 'RFLAGS.IF vaut 1, et ni STI ni MOV SS ne bloque',
  nmiWindow: 'pas de blocage de NMI virtuelle, et MOV SS ne bloque pas',
  taskSwitch: 'CALL, JMP, IRET ou une porte de tâche de l’IDT demande un changement de tâche matériel',
  cpuid: 'CPUID',
  hlt: 'HLT',
  invd: 'INVD',
  invlpg: 'INVLPG',
  rdpmc: 'RDPMC',
  rdtsc: 'RDTSC',
  vmcall: 'VMCALL',
  vmclear: 'VMCLEAR',
  vmlaunch: 'VMLAUNCH',
  vmptrld: 'VMPTRLD',
  vmptrst: 'VMPTRST',
  vmread: 'VMREAD',
  vmresume: 'VMRESUME',
  vmwrite: 'VMWRITE',
  vmxoff: 'VMXOFF',
  vmxon: 'VMXON',
  controlRegisterAccesses:
    'MOV vers CR0 ou CR4, CLTS ou LMSW touche un bit que l’hôte se réserve ; MOV vers CR3 avec autre chose qu’une cible ; MOV depuis CR3',
  movDr: 'MOV vers ou depuis un registre de débogage',
  ioInstruction: 'IN, OUT, INS ou OUTS : toujours, ou vers un port dont le bit vaut 1 dans les cartes d’entrée-sortie',
  rdmsr: 'RDMSR : toujours sans cartes MSR ; avec elles, si le bit vaut 1 ou si le numéro est hors des deux plages',
  wrmsr: 'WRMSR : toujours sans cartes MSR ; avec elles, si le bit vaut 1 ou si le numéro est hors des deux plages',
  entryFailureGuestState: 'une vérification de l’état de l’invité a échoué',
  entryFailureMsrLoading: 'une entrée de la zone de chargement des MSR n’a pas pu être chargée',
  mwait: 'MWAIT',
  monitorTrapFlag: 'après une instruction ou la livraison d’un événement, ou par une sortie MTF injectée',
  monitor: 'MONITOR',
  pause: 'PAUSE',
  gdtrIdtrAccess: 'LGDT, LIDT, SGDT ou SIDT',
  ldtrTrAccess: 'LLDT, LTR, SLDT ou STR',
  eptViolation: 'les tables EPT n’ont pas permis un accès',
  eptMisconfiguration: 'une entrée des tables EPT a une valeur interdite',
  invept: 'INVEPT',
  preemptionTimer: 'la minuterie de préemption VMX est arrivée à 0',
  invvpid: 'INVVPID',
  wbinvd: 'WBINVD',
};

/** Les parties des qualifications de sortie. */
export const FR_QUALIFICATION_NAMES: Readonly<Record<Qualifications['name'], string>> = {
  B0: 'B0',
  B1: 'B1',
  B2: 'B2',
  B3: 'B3',
  'BD (debug register access detected)': 'BD (accès à un registre de débogage)',
  'BS (single step)': 'BS (pas à pas)',
  'faulting linear address': 'adresse linéaire fautive',
  'linear address': 'adresse linéaire',
  'displacement of the memory operand': 'déplacement de l’opérande mémoire',
  'selector of the new TSS': 'sélecteur du nouveau TSS',
  source: 'origine',
  'control register': 'registre de contrôle',
  access: 'accès',
  'LMSW operand': 'opérande de LMSW',
  'general register': 'registre général',
  'LMSW source data': 'donnée source de LMSW',
  'debug register': 'registre de débogage',
  direction: 'sens',
  size: 'taille',
  'string instruction': 'instruction de chaîne',
  'REP prefix': 'préfixe REP',
  operand: 'opérande',
  port: 'port',
  'address-range monitoring armed': 'surveillance d’adresses armée',
  cause: 'cause',
  'number of the failing MSR entry, from 1': 'numéro de l’entrée MSR fautive, à partir de 1',
  'data read': 'lecture de donnée',
  'data write': 'écriture de donnée',
  'instruction fetch': 'lecture d’instruction',
  'readable (AND of the entries)': 'lisible (ET des entrées)',
  'writable (AND of the entries)': 'inscriptible (ET des entrées)',
  'executable (AND of the entries)': 'exécutable (ET des entrées)',
  'guest-linear address is valid': 'adresse linéaire valide',
  'access to': 'accès à',
  'NMI unblocking due to IRET': 'déblocage des NMI par IRET',
};

/** Leurs valeurs, là où elles ont un nom en anglais ; registres et instructions gardent le leur. */
export const FR_QUALIFICATION_VALUES: Readonly<Record<string, string>> = {
  'task gate in the IDT': 'porte de tâche de l’IDT',
  'MOV to CR': 'MOV vers CR',
  'MOV from CR': 'MOV depuis CR',
  register: 'registre',
  memory: 'mémoire',
  'MOV to DR': 'MOV vers DR',
  'MOV from DR': 'MOV depuis DR',
  '1 byte': '1 octet',
  '2 bytes': '2 octets',
  '4 bytes': '4 octets',
  immediate: 'immédiat',
  'guest state': 'état de l’invité',
  'NMI injection while STI blocks': 'injection de NMI pendant que STI bloque',
  'VMCS link pointer': 'pointeur de lien de VMCS',
  'a paging-structure entry': 'une entrée de table de pages',
  'the translated address': 'l’adresse traduite',
};

export const FR_MISCONFIGURATIONS: Readonly<Record<EptMisconfiguration, string>> = {
  'write without read': 'écriture sans lecture',
  'reserved bit': 'bit réservé',
  'memory type': 'type de mémoire',
};

export const FR_EXCEPTIONS: Readonly<Record<string, string>> = {
  'divide error': 'erreur de division',
  debug: 'débogage',
  'non-maskable interrupt': 'interruption non masquable',
  'breakpoint (INT3)': 'point d’arrêt (INT3)',
  'overflow (INTO)': 'débordement (INTO)',
  'BOUND range exceeded': 'hors des bornes de BOUND',
  'invalid opcode': 'code d’opération invalide',
  'no x87 unit': 'pas d’unité x87',
  'double fault': 'double faute',
  'coprocessor segment overrun (80386)': 'dépassement de segment du coprocesseur (80386)',
  'invalid TSS': 'TSS invalide',
  'segment not present': 'segment absent',
  'stack fault': 'faute de pile',
  'general protection': 'protection générale',
  'page fault': 'défaut de page',
  'x87 error': 'erreur x87',
  'alignment check': 'contrôle d’alignement',
  'machine check': 'erreur machine',
  'SIMD floating point': 'virgule flottante SIMD',
};

export const FR_SEGMENT_TYPES: Readonly<Record<string, string>> = {
  'data, read-only': 'données, lecture seule',
  'data, read/write': 'données, lecture/écriture',
  'data, read-only, expand-down': 'données, lecture seule, vers le bas',
  'data, read/write, expand-down': 'données, lecture/écriture, vers le bas',
  'code, execute-only': 'code, exécution seule',
  'code, execute/read': 'code, exécution/lecture',
  'code, execute-only, conforming': 'code conforme, exécution seule',
  'code, execute/read, conforming': 'code conforme, exécution/lecture',
};

export const FR_SYSTEM_TYPES: Readonly<Record<string, string>> = {
  reserved: 'réservé',
  '16-bit TSS, available': 'TSS 16 bits, libre',
  LDT: 'LDT',
  '16-bit TSS, busy': 'TSS 16 bits, occupé',
  '16-bit call gate': 'porte d’appel 16 bits',
  'task gate': 'porte de tâche',
  '16-bit interrupt gate': 'porte d’interruption 16 bits',
  '16-bit trap gate': 'porte de trappe 16 bits',
  '32-bit TSS, available': 'TSS 32 bits, libre',
  '32-bit TSS, busy': 'TSS 32 bits, occupé',
  '32-bit call gate': 'porte d’appel 32 bits',
  '32-bit interrupt gate': 'porte d’interruption 32 bits',
  '32-bit trap gate': 'porte de trappe 32 bits',
};

/** Ce que veulent dire les bits des registres et des entrées de tables. */
export const FR_MEANINGS: Readonly<Record<string, string>> = {
  // EFLAGS
  carry: 'retenue',
  'even parity of the low 8 bits of the result': 'parité paire des 8 bits bas du résultat',
  'carry out of bit 3': 'retenue du bit 3',
  'the result is zero': 'le résultat est nul',
  'sign of the result': 'signe du résultat',
  '#DB after each instruction': '#DB après chaque instruction',
  'maskable interrupts are let in': 'les interruptions masquables passent',
  'string instructions go downwards': 'les instructions de chaîne vont vers le bas',
  'signed overflow': 'débordement signé',
  'highest privilege level that may do I/O and change IF':
    'niveau de privilège le plus haut qui puisse faire des entrées-sorties et changer IF',
  'nested task: IRET returns to the back link': 'tâche imbriquée : IRET revient au lien arrière',
  'no instruction breakpoint on the next instruction': 'pas de point d’arrêt sur l’instruction suivante',
  'virtual-8086 mode': 'mode virtuel 8086',
  'alignment check (with CR0.AM, at CPL 3)': 'contrôle d’alignement (avec CR0.AM, au CPL 3)',
  'virtual interrupt flag': 'drapeau d’interruption virtuel',
  'virtual interrupt pending': 'interruption virtuelle en attente',
  'CPUID is there if it can be toggled': 'CPUID existe si on peut l’inverser',
  // CR0, CR4
  'protected mode': 'mode protégé',
  'WAIT raises #NM while TS is 1': 'WAIT lève #NM tant que TS vaut 1',
  'x87 instructions raise #NM': 'les instructions x87 lèvent #NM',
  'task switched: x87 instructions raise #NM': 'tâche changée : les instructions x87 lèvent #NM',
  'always 1': 'toujours 1',
  'x87 errors raise #MF': 'les erreurs x87 lèvent #MF',
  'read-only pages hold for the supervisor too': 'les pages en lecture seule valent aussi pour le superviseur',
  'EFLAGS.AC checks alignment at CPL 3': 'EFLAGS.AC contrôle l’alignement au CPL 3',
  'not write-through': 'pas d’écriture directe',
  'cache disabled': 'cache coupé',
  paging: 'pagination',
  'RDTSC only at CPL 0': 'RDTSC au CPL 0 seulement',
  '4-MiB pages': 'pages de 4 Mio',
  'global pages': 'pages globales',
  'RDPMC at any CPL (it has no counters to read)': 'RDPMC à tout CPL (il n’a pas de compteurs à lire)',
  'VMX instructions': 'instructions VMX',
  // entrées de tables de pages
  present: 'présente',
  'may be written': 'peut être écrite',
  'user mode may use it': 'le mode utilisateur peut s’en servir',
  'write-through (memory type, part 1)': 'écriture directe (type de mémoire, 1re partie)',
  'not cached (memory type, part 2)': 'sans cache (type de mémoire, 2e partie)',
  accessed: 'utilisée',
  '0: refers to a page table': '0 : désigne une table de pages',
  'physical address of the page table': 'adresse physique de la table de pages',
  'written to': 'modifiée',
  '1: maps a 4-MiB page': '1 : projette une page de 4 Mio',
  'global: survives MOV to CR3 (with CR4.PGE)': 'globale : survit à MOV vers CR3 (avec CR4.PGE)',
  'memory type, part 3': 'type de mémoire, 3e partie',
  'physical address of the page': 'adresse physique de la page',
  // EPT
  'may be read': 'peut être lue',
  'may be executed': 'peut être exécutée',
  '0: refers to a table': '0 : désigne une table',
  'accessed (with EPTP bit 6)': 'utilisée (avec le bit 6 de l’EPTP)',
  'host-physical address of the next table': 'adresse physique hôte de la table suivante',
  'memory type: 0 UC, 1 WC, 4 WT, 5 WP, 6 WB': 'type de mémoire : 0 UC, 1 WC, 4 WT, 5 WP, 6 WB',
  'the guest’s PAT is ignored': 'la PAT de l’invité est ignorée',
  '1: maps a page (ignored in a PTE)': '1 : projette une page (ignoré dans une PTE)',
  'written to (with EPTP bit 6)': 'modifiée (avec le bit 6 de l’EPTP)',
  'host-physical address of the page': 'adresse physique hôte de la page',
};

/** Erreurs d'instruction VM, par numéro. */
export const FR_VM_ERRORS: Readonly<Record<number, string>> = {
  1: 'VMCALL exécutée en mode VMX root',
  2: 'VMCLEAR avec une adresse physique invalide',
  3: 'VMCLEAR avec le pointeur VMXON',
  4: 'VMLAUNCH avec une VMCS qui n’est pas « clear »',
  5: 'VMRESUME avec une VMCS qui n’est pas « launched »',
  6: 'VMRESUME après VMXOFF',
  7: 'entrée en VM avec un champ de contrôle invalide',
  8: 'entrée en VM avec un champ d’état de l’hôte invalide',
  9: 'VMPTRLD avec une adresse physique invalide',
  10: 'VMPTRLD avec le pointeur VMXON',
  11: 'VMPTRLD avec un mauvais identifiant de révision de VMCS',
  12: 'VMREAD ou VMWRITE d’un composant de VMCS qui n’existe pas',
  13: 'VMWRITE dans un composant de VMCS en lecture seule',
  15: 'VMXON exécutée en mode VMX root',
  16: 'entrée en VM avec un pointeur de VMCS exécutive invalide',
  17: 'entrée en VM avec une VMCS exécutive qui n’est pas « launched »',
  18: 'entrée en VM avec un pointeur de VMCS exécutive qui n’est pas le pointeur VMXON',
  19: 'VMCALL avec une VMCS qui n’est pas « clear »',
  20: 'VMCALL avec des champs de contrôle de sortie invalides',
  22: 'VMCALL avec un mauvais identifiant de révision MSEG',
  23: 'VMXOFF sous le double traitement des SMI et du SMM',
  24: 'VMCALL avec des fonctions de moniteur SMM invalides',
  25: 'entrée en VM avec des contrôles d’exécution invalides dans la VMCS exécutive',
  26: 'entrée en VM alors que MOV SS bloque les événements',
  28: 'opérande invalide de INVEPT ou INVVPID',
};

/** Règles des vérifications d'entrée, sous le texte anglais ; {s} est le registre de segment. */
export const FR_RULES: Readonly<Record<string, string>> = {
  'There must be a current VMCS.': 'Il doit y avoir une VMCS courante.',
  'Events must not be blocked by MOV SS.': 'MOV SS ne doit pas bloquer les événements.',
  'For VMLAUNCH, the launch state of the VMCS must be clear.': 'Pour VMLAUNCH, l’état de lancement de la VMCS doit être « clear ».',
  'For VMRESUME, the launch state of the VMCS must be launched.': 'Pour VMRESUME, l’état de lancement de la VMCS doit être « launched ».',
  'Reserved bits must be set as IA32_VMX_TRUE_PINBASED_CTLS says.':
    'Les bits réservés doivent être comme le dit IA32_VMX_TRUE_PINBASED_CTLS.',
  'Reserved bits must be set as IA32_VMX_TRUE_PROCBASED_CTLS says.':
    'Les bits réservés doivent être comme le dit IA32_VMX_TRUE_PROCBASED_CTLS.',
  'Reserved bits must be set as IA32_VMX_PROCBASED_CTLS2 says.': 'Les bits réservés doivent être comme le dit IA32_VMX_PROCBASED_CTLS2.',
  'Reserved bits must be set as IA32_VMX_TRUE_EXIT_CTLS says.': 'Les bits réservés doivent être comme le dit IA32_VMX_TRUE_EXIT_CTLS.',
  'Reserved bits must be set as IA32_VMX_TRUE_ENTRY_CTLS says.': 'Les bits réservés doivent être comme le dit IA32_VMX_TRUE_ENTRY_CTLS.',
  'The CR3-target count must not be greater than 4.': 'Le nombre de cibles CR3 ne doit pas dépasser 4.',
  'If “use I/O bitmaps” is 1, bits 11:0 of each address must be 0.':
    'Si « use I/O bitmaps » vaut 1, les bits 11:0 de chaque adresse doivent être 0.',
  'If “use I/O bitmaps” is 1, no address may set bits beyond the physical-address width.':
    'Si « use I/O bitmaps » vaut 1, aucune adresse ne peut avoir de bits au-delà de la largeur d’adresse physique.',
  'If “use MSR bitmaps” is 1, bits 11:0 of the address must be 0.':
    'Si « use MSR bitmaps » vaut 1, les bits 11:0 de l’adresse doivent être 0.',
  'If “use MSR bitmaps” is 1, the address may not set bits beyond the physical-address width.':
    'Si « use MSR bitmaps » vaut 1, l’adresse ne peut avoir de bits au-delà de la largeur d’adresse physique.',
  'If “NMI exiting” is 0, “virtual NMIs” must be 0.': 'Si « NMI exiting » vaut 0, « virtual NMIs » doit valoir 0.',
  'If “virtual NMIs” is 0, “NMI-window exiting” must be 0.': 'Si « virtual NMIs » vaut 0, « NMI-window exiting » doit valoir 0.',
  'If “enable VPID” is 1, the VPID must not be 0.': 'Si « enable VPID » vaut 1, le VPID ne doit pas être 0.',
  'Bits 2:0 of the EPTP must be a memory type of the EPT structures: 0 (UC) or 6 (WB).':
    'Les bits 2:0 de l’EPTP doivent être un type de mémoire des tables EPT : 0 (UC) ou 6 (WB).',
  'Bits 5:3 of the EPTP must be 3: a page-walk length of 4.': 'Les bits 5:3 de l’EPTP doivent valoir 3 : un parcours de longueur 4.',
  'Bits 11:7 of the EPTP must be 0.': 'Les bits 11:7 de l’EPTP doivent être 0.',
  'The EPTP may not set bits beyond the physical-address width.': 'L’EPTP ne peut avoir de bits au-delà de la largeur d’adresse physique.',
  'If “unrestricted guest” is 1, “enable EPT” must be 1.': 'Si « unrestricted guest » vaut 1, « enable EPT » doit valoir 1.',
  'If “activate VMX-preemption timer” is 0, “save VMX-preemption timer value” must be 0.':
    'Si « activate VMX-preemption timer » vaut 0, « save VMX-preemption timer value » doit valoir 0.',
  'If the count is not 0, bits 3:0 of the address must be 0.': 'Si le nombre n’est pas 0, les bits 3:0 de l’adresse doivent être 0.',
  'If the count is not 0, neither the address nor that of the last byte may set bits beyond the physical-address width.':
    'Si le nombre n’est pas 0, ni l’adresse ni celle du dernier octet ne peuvent avoir de bits au-delà de la largeur d’adresse physique.',
  'The interruption type must not be 1 (reserved).': 'Le type d’interruption ne doit pas être 1 (réservé).',
  'The vector must fit the type: 2 for an NMI, at most 31 for a hardware exception, 0 for a pending MTF VM exit.':
    'Le vecteur doit convenir au type : 2 pour une NMI, 31 au plus pour une exception matérielle, 0 pour une sortie MTF en attente.',
  'The deliver-error-code bit must be 1 for hardware exceptions 8, 10 to 14 and 17 in a guest with CR0.PE = 1, and 0 for everything else.':
    'Le bit « deliver error code » doit valoir 1 pour les exceptions matérielles 8, 10 à 14 et 17 d’un invité où CR0.PE = 1, et 0 pour tout le reste.',
  'Bits 30:12 must be 0.': 'Les bits 30:12 doivent être 0.',
  'If an error code is delivered, its bits 31:16 must be 0.': 'Si un code d’erreur est livré, ses bits 31:16 doivent être 0.',
  'For software interrupts and software exceptions, the instruction length must be 1 to 15.':
    'Pour les interruptions et exceptions logicielles, la longueur d’instruction doit être de 1 à 15.',
  'CR0 must have the bits that VMX operation needs: PE, NE and PG must be 1.':
    'CR0 doit avoir les bits qu’exige l’opération VMX : PE, NE et PG doivent valoir 1.',
  'CR4 must have VMXE = 1 and no bit that this CPU does not support.': 'CR4 doit avoir VMXE = 1, et aucun bit que ce processeur n’a pas.',
  'If “load IA32_PAT” is 1, each byte must be 0, 1, 4, 5, 6 or 7.':
    'Si « load IA32_PAT » vaut 1, chaque octet doit être 0, 1, 4, 5, 6 ou 7.',
  'In the selector of {s}, RPL and TI must be 0.': 'Dans le sélecteur de {s}, RPL et TI doivent être 0.',
  'The selector of {s} must not be 0.': 'Le sélecteur de {s} ne doit pas être 0.',
  'The selector of {s} must not be 0 for a host that is not in 64-bit mode.':
    'Le sélecteur de {s} ne doit pas être 0 pour un hôte qui n’est pas en mode 64 bits.',
  'CR0 must have the bits that VMX operation needs: NE must be 1, and PE and PG too unless “unrestricted guest” is 1.':
    'CR0 doit avoir les bits qu’exige l’opération VMX : NE doit valoir 1, et aussi PE et PG, sauf si « unrestricted guest » vaut 1.',
  'If CR0.PG is 1, CR0.PE must be 1.': 'Si CR0.PG vaut 1, CR0.PE doit valoir 1.',
  'If “load debug controls” is 1, reserved bits of IA32_DEBUGCTL must be 0.':
    'Si « load debug controls » vaut 1, les bits réservés de IA32_DEBUGCTL doivent être 0.',
  'In the selector of {s}, TI must be 0.': 'Dans le sélecteur de {s}, TI doit être 0.',
  'Without “unrestricted guest”, the RPL of SS must equal the RPL of CS.':
    'Sans « unrestricted guest », le RPL de SS doit égaler celui de CS.',
  '{s}: the type must be 9, 11, 13 or 15 (accessed code), or 3 with “unrestricted guest”.':
    '{s} : le type doit être 9, 11, 13 ou 15 (code utilisé), ou 3 avec « unrestricted guest ».',
  '{s}: the type must be 3 or 7 (writable, accessed data).': '{s} : le type doit être 3 ou 7 (données inscriptibles, utilisées).',
  '{s}: bit 0 of the type (accessed) must be 1.': '{s} : le bit 0 du type (utilisé) doit valoir 1.',
  '{s}: if bit 3 of the type is 1 (code), bit 1 (readable) must be 1.':
    '{s} : si le bit 3 du type vaut 1 (code), le bit 1 (lisible) doit valoir 1.',
  '{s}: bit 4 (S) must be 1: code or data.': '{s} : le bit 4 (S) doit valoir 1 : code ou données.',
  '{s}: if the type is 3, the DPL must be 0.': '{s} : si le type est 3, le DPL doit être 0.',
  '{s}: if the type is 9 or 11 (non-conforming), the DPL must equal the DPL of SS.':
    '{s} : si le type est 9 ou 11 (non conforme), le DPL doit égaler celui de SS.',
  '{s}: if the type is 13 or 15 (conforming), the DPL must not be greater than the DPL of SS.':
    '{s} : si le type est 13 ou 15 (conforme), le DPL ne doit pas dépasser celui de SS.',
  '{s}: without “unrestricted guest”, the DPL must equal the RPL of the selector.':
    '{s} : sans « unrestricted guest », le DPL doit égaler le RPL du sélecteur.',
  '{s}: if the type of CS is 3 or CR0.PE is 0, the DPL must be 0.': '{s} : si le type de CS est 3 ou si CR0.PE vaut 0, le DPL doit être 0.',
  '{s}: without “unrestricted guest”, the DPL of data or non-conforming code must not be less than the RPL of the selector.':
    '{s} : sans « unrestricted guest », le DPL de données ou de code non conforme ne doit pas être inférieur au RPL du sélecteur.',
  '{s}: bit 7 (P) must be 1.': '{s} : le bit 7 (P) doit valoir 1.',
  '{s}: bits 11:8 of the access rights are reserved and must be 0.': '{s} : les bits 11:8 des droits sont réservés et doivent être 0.',
  '{s}: bit 15 (G) must be 0 if bits 11:0 of the limit are not all 1, and 1 if bits 31:20 are not all 0.':
    '{s} : le bit 15 (G) doit valoir 0 si les bits 11:0 de la limite ne sont pas tous à 1, et 1 si les bits 31:20 ne sont pas tous à 0.',
  '{s}: bits 31:17 of the access rights are reserved and must be 0.': '{s} : les bits 31:17 des droits sont réservés et doivent être 0.',
  '{s}: the type must be 3 or 11 (busy TSS).': '{s} : le type doit être 3 ou 11 (TSS occupé).',
  '{s}: bit 4 (S) must be 0: a system segment.': '{s} : le bit 4 (S) doit valoir 0 : un segment système.',
  '{s}: bit 16 (unusable) must be 0.': '{s} : le bit 16 (inutilisable) doit valoir 0.',
  '{s}: the type must be 2 (LDT).': '{s} : le type doit être 2 (LDT).',
  'Bits 31:16 of the limit must be 0.': 'Les bits 31:16 de la limite doivent être 0.',
  'Bits 31:22, 15, 5 and 3 must be 0, and bit 1 must be 1.': 'Les bits 31:22, 15, 5 et 3 doivent être 0, et le bit 1 doit valoir 1.',
  'VM must be 0 if CR0.PE is 0.': 'VM doit être 0 si CR0.PE vaut 0.',
  '{s}: in virtual-8086 mode the base must be the selector times 16.':
    '{s} : en mode virtuel 8086, la base doit être seize fois le sélecteur.',
  '{s}: in virtual-8086 mode the limit must be FFFFH.': '{s} : en mode virtuel 8086, la limite doit être FFFFH.',
  '{s}: in virtual-8086 mode the access rights must be F3H.': '{s} : en mode virtuel 8086, les droits doivent être F3H.',
  'IF must be 1 if an external interrupt is injected.': 'IF doit valoir 1 si une interruption externe est injectée.',
  'The activity state must be 0 to 3 (active, HLT, shutdown, wait-for-SIPI).':
    'L’état d’activité doit être de 0 à 3 (active, HLT, shutdown, wait-for-SIPI).',
  'The activity state must not be HLT if the DPL of SS is not 0.': 'L’état d’activité ne doit pas être HLT si le DPL de SS n’est pas 0.',
  'The activity state must be active if STI or MOV SS blocks.': 'L’état d’activité doit être « active » si STI ou MOV SS bloque.',
  'The injected event must not be one that the activity state blocks.':
    'L’événement injecté ne doit pas être de ceux que l’état d’activité bloque.',
  'Bits 31:4 must be 0.': 'Les bits 31:4 doivent être 0.',
  'STI and MOV SS must not both block.': 'STI et MOV SS ne doivent pas bloquer tous les deux.',
  'STI must not block if RFLAGS.IF is 0.': 'STI ne doit pas bloquer si RFLAGS.IF vaut 0.',
  'Neither STI nor MOV SS may block if an external interrupt is injected.':
    'Ni STI ni MOV SS ne peuvent bloquer si une interruption externe est injectée.',
  'MOV SS must not block if an NMI is injected.': 'MOV SS ne doit pas bloquer si une NMI est injectée.',
  'SMIs must not be blocked outside SMM.': 'Les SMI ne doivent pas être bloquées hors du SMM.',
  'STI must not block if an NMI is injected.': 'STI ne doit pas bloquer si une NMI est injectée.',
  'If “virtual NMIs” is 1, NMIs must not be blocked if an NMI is injected.':
    'Si « virtual NMIs » vaut 1, les NMI ne doivent pas être bloquées quand une NMI est injectée.',
  'Bits 11:4, 13 and 31:15 must be 0.': 'Les bits 11:4, 13 et 31:15 doivent être 0.',
  'If STI or MOV SS blocks or the activity state is HLT, BS must be 1 if RFLAGS.TF is 1 and IA32_DEBUGCTL.BTF is 0, and 0 otherwise.':
    'Si STI ou MOV SS bloque, ou si l’état d’activité est HLT, BS doit valoir 1 quand RFLAGS.TF vaut 1 et IA32_DEBUGCTL.BTF vaut 0, et 0 sinon.',
  'If the VMCS link pointer is not all ones, bits 11:0 must be 0.':
    'Si le pointeur de lien de VMCS n’a pas tous ses bits à 1, ses bits 11:0 doivent être 0.',
  'If the VMCS link pointer is not all ones, it may not set bits beyond the physical-address width.':
    'Si le pointeur de lien de VMCS n’a pas tous ses bits à 1, il ne peut en avoir au-delà de la largeur d’adresse physique.',
  'If the VMCS link pointer is not all ones, the word it points to must be the VMCS revision identifier.':
    'Si le pointeur de lien de VMCS n’a pas tous ses bits à 1, le mot qu’il désigne doit être l’identifiant de révision de VMCS.',
  'If the VMCS link pointer is not all ones, it must not point to the current VMCS.':
    'Si le pointeur de lien de VMCS n’a pas tous ses bits à 1, il ne doit pas désigner la VMCS courante.',
  'An MSR area must not have more than 512 entries.': 'Une zone de MSR ne doit pas avoir plus de 512 entrées.',
  'Bits 63:32 of an entry must be 0.': 'Les bits 63:32 d’une entrée doivent être 0.',
  'The MSR must not be IA32_FS_BASE or IA32_GS_BASE.': 'Le MSR ne doit pas être IA32_FS_BASE ou IA32_GS_BASE.',
  'The MSR must not be one of the x2APIC (800H to 8FFH).': 'Le MSR ne doit pas être l’un de ceux du x2APIC (800H à 8FFH).',
  'The MSR must not be one that can be written only in SMM (IA32_SMM_MONITOR_CTL).':
    'Le MSR ne doit pas être de ceux qu’on n’écrit qu’en SMM (IA32_SMM_MONITOR_CTL).',
  'WRMSR at CPL 0 must be able to load the MSR with the value.': 'WRMSR au CPL 0 doit pouvoir charger cette valeur dans le MSR.',
};
