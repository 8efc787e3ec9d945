/** Importing this file brings the parts of parts.ts. */
import { assemble } from '../isa/assemble.ts';
import { HostedMachine } from '../machine/hosted.ts';
import { provide } from './parts.ts';

provide({ assemble, HostedMachine });
