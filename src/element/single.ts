/** The one file with everything in it: a classic script that defines the element and its parts, works from a USB stick, and brings its worker along. What is inside runs
 *  when a machine is asked for: of two scripts on a page, the one that came second defines nothing. */
import './define.ts';
import './parts.ts';
import type { ViewerMaker } from './seam.ts';

export { GlassVisorElement } from './class.ts';

export const mount: ViewerMaker['mount'] = async (...args) => (await import('./viewer.ts')).mount(...args);
