/** Whether a condition holds, and what a value is, at one moment of a machine. Changes nothing. */
import type { Loaded } from '../../api/protocol.ts';
import type { Comparison, Expression } from './condition.ts';
import { FACTS, type Moment, type Value } from './facts.ts';

/** The condition holds. */
export async function holds(expression: Expression, moment: Moment): Promise<boolean> {
  const value = await evaluate(expression, moment);
  return value !== null && value !== false && value !== 0;
}

/** The value of an expression; null where there is none at this moment. */
export async function evaluate(expression: Expression, moment: Moment): Promise<Value> {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'label':
    case 'line':
      return placeOf(expression, moment.loaded);
    case 'fact': {
      const argument = expression.argument ? await evaluate(expression.argument, moment) : 0;
      return typeof argument === 'number' ? FACTS[expression.name].read(moment, expression, argument) : null;
    }
    case 'sum':
      return add(expression.operator, await evaluate(expression.left, moment), await evaluate(expression.right, moment));
    case 'compare':
      return compare(expression.operator, await evaluate(expression.left, moment), await evaluate(expression.right, moment));
    case 'not':
      return !(await holds(expression.part, moment));
    case 'all':
      for (const part of expression.parts) if (!(await holds(part, moment))) return false;
      return true;
    case 'any':
      for (const part of expression.parts) if (await holds(part, moment)) return true;
      return false;
  }
}

/** The linear address of a label, or of the first instruction of a line of the main text; null where there is none. */
export function placeOf(expression: Expression, { symbols, source }: Loaded): number | null {
  if (expression.kind === 'value') return typeof expression.value === 'number' ? expression.value : null;
  if (expression.kind === 'label') return Object.hasOwn(symbols, expression.name) ? symbols[expression.name] : null;
  if (expression.kind !== 'line') return null;
  return source?.lines.find((l) => l.line === expression.line && !l.isData)?.linear ?? null;
}

function add(operator: '+' | '-' | '&', left: Value, right: Value): Value {
  if (typeof left !== 'number' || typeof right !== 'number') return null;
  if (operator === '&') return (left & right) >>> 0;
  return operator === '+' ? left + right : left - right;
}

function compare(operator: Comparison, left: Value, right: Value): boolean {
  if (left === null || right === null) return operator === '!=' && left !== right;
  if (operator === 'contains') return String(left).includes(String(right));
  // `tlb(...).dirty = 1` asks the same as `tlb(...).dirty`.
  const [a, b] = [left, right].map((side) => (typeof side === 'boolean' ? Number(side) : side));
  if (operator === '=') return a === b;
  if (operator === '!=') return a !== b;
  if (typeof a !== 'number' || typeof b !== 'number') return false;
  return { '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[operator];
}
