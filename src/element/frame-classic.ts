/** embed.html as it is built: a classic script. In a sandboxed frame without an origin a browser fetches modules only from servers that allow everybody. */
import { GlassVisorElement } from './class.ts';
import { defineGlassVisor } from './define.ts';
import { fillFrame } from './frame.ts';
import type { ViewerMaker } from './seam.ts';

const here = (document.currentScript as HTMLScriptElement).src;
const beside = (name: string): string => new URL(name, here).href;

/** The whole viewer in one file, when it is asked for. */
GlassVisorElement.viewer = () =>
  new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = beside('glassvisor.js');
    script.onload = () => resolve((globalThis as typeof globalThis & { Glassvisor: ViewerMaker }).Glassvisor);
    script.onerror = () => reject(new Error(`${script.src} could not be loaded.`));
    document.head.append(script);
  });
defineGlassVisor();
// A frame without an origin may not start a worker from an address; it has other ways.
const worker = self.origin === 'null' ? {} : { worker: beside('machine.worker.js') };
fillFrame({ app: './', ...worker });
