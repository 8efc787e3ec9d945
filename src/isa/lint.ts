/** What must hold of every recording, so that a fault leaves no trace but CR2 and the traits tell the truth. */
import { formSize } from './define.ts';
import { flagsOf, type Node, OPERAND_NODES, type Recording, sourcesOf } from './record.ts';
import { WORDS, type WordFacts } from './words.ts';

/** Sentences about what is wrong with `recording`; none if nothing is. */
export function lint(recording: Recording): string[] {
  return [...lateFaults(recording), ...wrongFlags(recording), ...unusedValues(recording), ...idleUpdates(recording)];
}

/** EFLAGS that a recording may write, as letters in the order `OSZAPCDI`; null if a `system` function decides. */
export function flagsWritten(recording: Recording): string | null {
  if (recording.nodes.some((node) => node.word === 'system')) return null;
  const letters = recording.nodes.map(flagsOf).join('');
  return [...FLAG_LETTERS].filter((letter) => letters.includes(letter)).join('');
}

const FLAG_LETTERS = 'OSZAPCDI';

/** True if node `index` can fault: its word can, its operand may be in memory, and nothing before has made sure. */
export function canFault(recording: Recording, index: number): boolean {
  const node = recording.nodes[index];
  if (node.word === 'operand' || WORDS[node.word].faults !== true) return false;
  const [first] = node.args;
  if (WORDS[node.word].takes.startsWith('o')) {
    if (!mayBeMemory(recording, Number(first))) return false;
    const promises = ['readForUpdate', 'checkWrite'];
    return !(
      node.word === 'write' && hasBefore(recording, index, (earlier) => promises.includes(earlier.word) && earlier.args[0] === first)
    );
  }
  return !(node.word === 'jump' && hasBefore(recording, index, (earlier) => earlier.word === 'checkTarget' && earlier.args[0] === first));
}

function hasBefore(recording: Recording, index: number, test: (node: Node) => boolean): boolean {
  return recording.nodes.slice(0, index).some(test);
}

/** True if the operand that `node` gives is in memory in some form of that size. */
function mayBeMemory({ row, size, nodes }: Recording, node: number): boolean {
  if (node >= OPERAND_NODES) return mayBeMemory({ row, size, nodes }, Number(nodes[node].args[0]));
  return Object.values(row.forms).some((codes) => {
    const own = formSize(row, codes);
    const isThisSize = own === size || (own === 'v' && size !== 8);
    return isThisSize && /^(E|M|O|Rv\/Mw)/.test(codes.split(', ')[node] ?? '');
  });
}

function lateFaults(recording: Recording): string[] {
  const { nodes } = recording;
  const first = nodes.findIndex((node) => facts(node).changes !== undefined);
  const late = first < 0 ? [] : nodes.flatMap((node, index) => (index > first && canFault(recording, index) ? [node.word] : []));
  return late.map((word) => `${word} can fault after ${nodes[first].word} has changed something`);
}

function wrongFlags(recording: Recording): string[] {
  const written = flagsWritten(recording);
  if (written === null) return [];
  const { writes = '', undefines = '' } = recording.row;
  const missing = [...writes].filter((letter) => !written.includes(letter));
  const surplus = [...written].filter((letter) => !(writes + undefines).includes(letter));
  return [
    ...missing.map((letter) => `${letter}F is claimed and not written`),
    ...surplus.map((letter) => `${letter}F is written and not claimed`),
  ];
}

function unusedValues({ nodes }: Recording): string[] {
  const used = new Set(nodes.flatMap(sourcesOf));
  const isIdle = (node: Node, index: number) =>
    index >= OPERAND_NODES && facts(node).gives !== '' && facts(node).faults !== true && !used.has(index);
  return nodes.flatMap((node, index) => (isIdle(node, index) ? [`nobody uses what ${node.word} gives`] : []));
}

function idleUpdates({ nodes }: Recording): string[] {
  const updates = nodes.filter((node) => node.word === 'readForUpdate' || node.word === 'checkWrite');
  const isWritten = (operand: number | string) => nodes.some((node) => node.word === 'write' && node.args[0] === operand);
  return updates.filter((node) => !isWritten(node.args[0])).map((node) => `${node.word} is not followed by a write`);
}

function facts(node: Node): WordFacts {
  return node.word === 'operand' ? { takes: 'k', gives: 'o' } : WORDS[node.word];
}
