/** `<glass-visor>`, the embeddable element: importing this file defines it. */
import './element/define.ts';

export { GlassVisorElement } from './element/class.ts';
export type * from './element/types.ts';
