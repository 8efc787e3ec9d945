import { afterEach } from 'vitest';

// Roles are looked up through shadow roots: what one test leaves behind, the next one would find.
afterEach(() => document.body.replaceChildren());
