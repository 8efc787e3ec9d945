/** The one file with everything in it: a classic script that defines the element, works from a USB stick, and brings its worker along. */
import './define.ts';

export { GlassVisorElement } from './class.ts';
export { mount } from './viewer.ts';
