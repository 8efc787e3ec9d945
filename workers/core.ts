/** The machine as one piece of code, for a script that carries its own worker. */
export { makeHost } from './make-host.ts';
export { serve } from './serve.ts';
