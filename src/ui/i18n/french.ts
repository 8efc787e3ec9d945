/** French, whole. It comes on its own: an embedded reader of English need not wait for it. Importing this file makes it known. */
import { FR } from './fr.ts';
import { FR_BUS_MEANINGS, FR_FUNCTION_TITLES } from './fr-bus-facts.ts';
import * as facts from './fr-facts.ts';
import { FR_VIRTIO_MEANINGS, FR_VIRTIO_REASONS } from './fr-virtio.ts';
import { FR_ABSENT } from './fr-vmx.ts';
import { learn } from './second-language.ts';

learn({ messages: FR, ...facts, FR_BUS_MEANINGS, FR_FUNCTION_TITLES, FR_VIRTIO_MEANINGS, FR_VIRTIO_REASONS, FR_ABSENT });
