/** From attributes to how the reader looks. */
import { bringFrench } from '../ui/i18n/second-language.ts';
import { SCENES } from '../ui/scenes.ts';
import { STEP_SIZES } from '../ui/steps.ts';
import type { View } from '../ui/store.ts';
import { tongueOf } from './words.ts';

/** Instructions per second that a machine may be asked for. */
const MOST_SPEED = 1e9;

/** Resolves when the words of the element's language are there. */
export async function prepareLanguage(host: HTMLElement): Promise<void> {
  if (tongueOf(host) === 'fr') await bringFrench();
}

/** The view that the attributes ask for. */
export function lookOf(host: HTMLElement): Partial<View> {
  const wanted = host.getAttribute('theme');
  const theme = wanted === 'light' || wanted === 'dark' ? wanted : matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const scene = SCENES.find((s) => s === host.getAttribute('scene'));
  const granularity = STEP_SIZES.find((s) => s === host.getAttribute('granularity'));
  const speed = Number(host.getAttribute('speed') ?? Number.NaN);
  return {
    ...{ language: tongueOf(host), isBilingual: false, theme },
    ...(scene ? { scene } : {}),
    ...(granularity ? { granularity } : {}),
    ...(speed >= 0 && speed <= MOST_SPEED ? { speed } : {}),
  };
}
