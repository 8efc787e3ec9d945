/** embed.html while it is developed: modules. What is built is frame-classic.ts. */
import './define.ts';
import { fillFrame } from './frame.ts';

fillFrame({ app: './' });
