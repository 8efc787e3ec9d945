/** The machine's worker. */
import { serve } from './serve.ts';

serve();
