/** What the guests must give, whoever computes it. `nasm`: SHA-256 of the bytes that NASM makes (`nasm -f bin -I ../lib/ NAME.asm` in the guest's folder).
 *  `state`: hash of the machine at the end (`npm run -s glassvisor -- run NAME --json`), the same in Node and in every browser; it changes whenever the state
 *  of some part does, and then the change must be meant. */
// biome-ignore format: a table
export const GOLDEN: Readonly<Record<string, { readonly nasm: string; readonly state: string }>> = {
  'cr-shadow': { nasm: '64120d1f16b5a945686b1d5d4cc2412019bab5c999fa9cf5079c51e93b87f3f5', state: '9ed01c3bdefe131c' },
  'entry-failures': { nasm: '48f9cc51150b5567c6049bd9b72d2044f76fb10df28cdf0d26e359b5e7e2cb3e', state: '77b9f417e841469a' },
  'ept-on-demand': { nasm: '08f3007567915854485321cb2c768ac2b4e47da152c459eee49b6888d2e04170', state: '7f97ad5d01f11917' },
  'ept-permissions': { nasm: '49348d7fcff8841d8ecd1002dc53b777bcd75ae0e82b46ea27062761de7bf74b', state: '0b87f041629e650f' },
  'first-exit': { nasm: '31bf65a9d50cfab412b2e0ce9cd48e45f0a9f97c2af9d4c572224790ad481f23', state: '2f5aa337e5f47cd1' },
  'hello': { nasm: 'a40c2bffd9add70cfdfeee1361dd0b21eed4a23778fb3af705214367582416f1', state: '9c1339ead61902fe' },
  'injection': { nasm: 'ed4bd3b015f2c560377483ba560476cf1fafef4ea60bf1520a613329e6130286', state: 'b73ae3b8f44b72e5' },
  'paging': { nasm: 'e01decb839ded395482193c87e9e1278b3fd5edb9e2bb5b2c449912df238b242', state: '96f5cab68ca49bfc' },
  'protected-mode': { nasm: 'fe8dd83e611697c7ca3fcecea3eca0e87ae9f67cb7c467a65890590093423a34', state: '6762c6a59dc08e21' },
  'real-mode-guest': { nasm: 'b5760b54c8989924c189c7e6a50b1313a51a334235852ab305857a072171e427', state: '8f20b938453e6e37' },
  'rings': { nasm: 'eee9c06170aca7757f1bd48c3dd6c26536b3b3d2737c1be1b1f67a7a31e58feb', state: 'd5e7f042437b5a21' },
  'stale-tlb': { nasm: '729790d343b9af7f299d52c30f5c92524e4217a4d6191a04a9dc483611183300', state: '0ddb72724f377bca' },
  'timer': { nasm: '7fec642a2d52654fb99e56e8f38ae94cb6aa7061e587d611b2f9299e887440aa', state: 'f64cbf062a649f84' },
  'trap-and-emulate': { nasm: '210d88bf63bc4ff43eb306050a1a1fe44fc75a28e607390c3c7588043e14bc01', state: '8b7b014e06f65db6' },
  'two-guests': { nasm: '25b89d03dd8bb40b5c5477333288e17ba1277c7420f44dad7b945e54062e051a', state: 'de60ac93c82b1a14' },
};
