import type { Row } from '../define.ts';

/** Every instruction, once. */
export const ROWS: readonly Row[] = [];
