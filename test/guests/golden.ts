/** What the guests must give, whoever computes it. `nasm`: SHA-256 of the bytes that NASM makes (`nasm -f bin -I ../lib/ NAME.asm` in the guest's folder).
 *  `state`: hash of the machine at the end (`npm run -s glassvisor -- run NAME --json`), the same in Node and in every browser; it changes whenever the state
 *  of some part does, and then the change must be meant. */
// biome-ignore format: a table
export const GOLDEN: Readonly<Record<string, { readonly nasm: string; readonly state: string }>> = {
  'balloon': { nasm: '0b3ab41f265c85fc847ad949c6b23ab022b1c984337692041db9fbcab7cd91fd', state: '6722c7a8db33efd6' },
  'cr-shadow': { nasm: '64120d1f16b5a945686b1d5d4cc2412019bab5c999fa9cf5079c51e93b87f3f5', state: 'bdf0d9eeae361a76' },
  'entry-failures': { nasm: 'd07df9de7d6fb7f63727dc9fb49a78cfe906b0dac2e28b3e5f89bb8a8822e8e3', state: '494ea84e5189c5bc' },
  'ept-on-demand': { nasm: '08f3007567915854485321cb2c768ac2b4e47da152c459eee49b6888d2e04170', state: '79b30ebc180936f2' },
  'ept-permissions': { nasm: '49348d7fcff8841d8ecd1002dc53b777bcd75ae0e82b46ea27062761de7bf74b', state: 'c36db827f7c49373' },
  'first-exit': { nasm: '31bf65a9d50cfab412b2e0ce9cd48e45f0a9f97c2af9d4c572224790ad481f23', state: '9d633cbbdafae840' },
  'hello': { nasm: '407ee0d2f4b9f4d40c0c89b76c1c0d3892577416faba5b3a79f06c4dd5759dda', state: '461335d4f46bde7f' },
  'injection': { nasm: 'ed4bd3b015f2c560377483ba560476cf1fafef4ea60bf1520a613329e6130286', state: '6a2cbe730da6e015' },
  'overcommit': { nasm: 'a8bf93111e1b59bd57323cd69a2681a8f5f30df22e8bf921e06105f24832c4d0', state: '488c7bbc2a3e8e9a' },
  'paging': { nasm: 'e01decb839ded395482193c87e9e1278b3fd5edb9e2bb5b2c449912df238b242', state: 'fe21fdcf7f9dd81f' },
  'ping': { nasm: '34d0bb0d5ff4f6b5b4b3e311a7060a87b90f3aa76efb73d5458fb4ab3c7d2388', state: '3090cb81924711c5' },
  'protected-mode': { nasm: '65e1ae8db954a59d5a7539713588d0e145ccf5de77623a9f4c86a6fe339fbc46', state: 'f523d3b4682a940e' },
  'real-mode-guest': { nasm: 'b5760b54c8989924c189c7e6a50b1313a51a334235852ab305857a072171e427', state: '5f79903fd955e669' },
  'rings': { nasm: 'eee9c06170aca7757f1bd48c3dd6c26536b3b3d2737c1be1b1f67a7a31e58feb', state: '37aaeae5c558f69e' },
  'stale-tlb': { nasm: '729790d343b9af7f299d52c30f5c92524e4217a4d6191a04a9dc483611183300', state: '28f4a65670135f9a' },
  'timer': { nasm: '7fec642a2d52654fb99e56e8f38ae94cb6aa7061e587d611b2f9299e887440aa', state: 'e9b2573aae3afa41' },
  'trap-and-emulate': { nasm: '210d88bf63bc4ff43eb306050a1a1fe44fc75a28e607390c3c7588043e14bc01', state: '5dbeb698de7379a9' },
  'two-guests': { nasm: 'a4da7a9706f79b662fac5329b84cb298addb26be68118d2f02c14975b9396394', state: 'db521aa7ad657363' },
  'virtio-block': { nasm: 'ce94bcdfe830d70a487571c8b0ce5e26e84432951d55d8fb4a2724b47c97e4f6', state: 'dcf3107b624d95d8' },
  'virtio-console': { nasm: '40abbc15d6e81ff17190add90cfe14581695f345cedd4599402f86659afbf2a3', state: '50da3302a4f40319' },
  'virtio-entropy': { nasm: 'a2af308b1e6d5fd4c012dbbb8bca7807a114ab25ec95b905b96d767d063ef023', state: '6066b3c31561277e' },
  'virtio-indirect': { nasm: '03f5c19a78e436fa2242ab4b3f80e381bc375745d3e7f7b0dc8c2e69013a8a61', state: 'f94b5691550cd83d' },
  'virtio-malicious': { nasm: 'd3ad81664d18146c60f0e1895fe58fa7273387e8bda358dc0ae159ba5f4d7784', state: 'e1df8674ca914cc6' },
  'virtio-ring': { nasm: 'd6cd02466b5b36006cd54fd430f32419cb9a739a4451aedd2ea065856d61b4fd', state: 'aa163cbb9c91967c' },
  'which-hypervisor': { nasm: 'b67fdf63917d78c9d21e1732f289809ed72c14c1d26924e39d9aa599bf91a56e', state: '42d4a28bfa9dcb2e' },
};
