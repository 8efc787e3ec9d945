import { describe, expect, it } from 'vitest';
import { def, type Run, type Traits } from '../../src/isa/define.ts';
import { canFault, flagsWritten, lint } from '../../src/isa/lint.ts';
import { record, recordings } from '../../src/isa/record.ts';

/** A recording of a row made for the test. */
function recordingWith(run: Run, traits: Traits = {}) {
  return record(def('TEST', { title: 'Test', operation: 'test', ...traits, forms: { '01': 'Ev, Gv' }, run }), 32);
}

describe('every row', () => {
  it.each(
    recordings().map(
      (recording) => [`${recording.row.mnemonic} (${Object.keys(recording.row.forms)[0]}), ${recording.size} bits`, recording] as const,
    ),
  )('%s changes nothing before the last fault, and its flags are as claimed', (_, recording) => expect(lint(recording)).toEqual([]));
});

describe('the lint finds', () => {
  it('a register written before memory is read', () => {
    const bad = recordingWith((s, a) => {
      s.setRegister(0, s.constant(1));
      s.setRegister(1, s.read(a));
    });
    expect(lint(bad)).toEqual(['read can fault after setRegister has changed something']);
  });

  it('flags written before memory', () => {
    const bad = recordingWith(
      (s, a) => {
        s.setFlag('CF', s.constant(1));
        s.write(a, s.constant(1));
      },
      { writes: 'C' },
    );
    expect(lint(bad)).toEqual(['write can fault after setFlag has changed something']);
  });

  it('a stack pointer moved before the jump that may miss the limit', () => {
    const bad = recordingWith((s) => {
      s.stackMove(4);
      s.jump(s.stackLoad(0));
    });
    expect(lint(bad)).toHaveLength(2);
  });

  it('a second store, whose fault would leave the first', () => {
    const bad = recordingWith((s) => {
      s.stackStore(-4, s.constant(1));
      s.stackStore(-8, s.constant(2));
    });
    expect(lint(bad)).toEqual(['stackStore can fault after stackStore has changed something']);
  });

  it('a function called after a change', () => {
    const bad = recordingWith((s) => {
      s.setRegister(0, s.constant(1));
      s.system('hlt');
    });
    expect(lint(bad)).toEqual(['system can fault after setRegister has changed something']);
  });

  it('a claimed flag that is not written, and a written one that is not claimed', () => {
    const bad = recordingWith((s) => s.setFlag('CF', s.constant(0)), { writes: 'Z' });
    expect(lint(bad)).toEqual(['ZF is claimed and not written', 'CF is written and not claimed']);
  });

  it('a value that nobody uses', () => {
    const bad = recordingWith((s) => {
      s.add(s.register(0), s.register(1));
    });
    expect(lint(bad)).toEqual(['nobody uses what add gives']);
  });

  it('a write intent without a write', () => {
    const bad = recordingWith((s, a) => s.setRegister(0, s.readForUpdate(a)));
    expect(lint(bad)).toEqual(['readForUpdate is not followed by a write']);
  });
});

describe('a write cannot fault', () => {
  it('after readForUpdate of the same operand', () => {
    const recording = recordingWith((s, a) => s.write(a, s.readForUpdate(a)));
    expect(recording.nodes.map((_, index) => canFault(recording, index))).toEqual([false, false, false, true, false]);
  });

  it('to an operand that is a register in every form of that size', () => {
    const recording = recordingWith((s, a, b) => s.write(b, s.read(a)));
    expect(recording.nodes.map((_, index) => canFault(recording, index))).toEqual([false, false, false, true, false]);
  });

  it('but can to an operand that is in memory in one form', () => {
    const run: Run = (s, _, b) => s.write(b, s.constant(0));
    const row = def('TEST', { title: 'Test', operation: 'test', forms: { '01': 'Ev, Gv', '03': 'Gv, Ev' }, run });
    expect(canFault(record(row, 32), 4)).toBe(true);
  });
});

describe('a jump cannot fault', () => {
  it('after its target was checked', () => {
    const recording = recordingWith((s) => {
      const target = s.nextEip();
      s.checkTarget(target);
      s.jump(target);
    });
    expect([canFault(recording, 4), canFault(recording, 5)]).toEqual([true, false]);
  });
});

describe('the flags written', () => {
  it('are those of all words, in the order of their names', () => {
    const recording = recordingWith((s) => {
      s.setFlag('CF', s.constant(0));
      s.setFlag('OF', s.constant(0));
      s.setFlag('DF', s.constant(0));
    });
    expect(flagsWritten(recording)).toBe('OCD');
  });

  it('are unknown where a function decides', () => {
    expect(flagsWritten(recordingWith((s) => s.system('iret')))).toBeNull();
  });
});
