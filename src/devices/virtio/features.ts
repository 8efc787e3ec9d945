import { F_ACCESS_PLATFORM, F_VERSION_1, type FeatureBit } from '../../arch/virtio.ts';
import type { Finding } from './chain.ts';

/** 64 features: bits 0 to 31, and 32 to 63. Unsigned. */
export type FeatureWords = readonly [low: number, high: number];

/** The set of these feature bits. */
export function featureWords(features: readonly number[]): FeatureWords {
  const word = (first: number): number => features.reduce((w, bit) => (bit >>> 5 === first ? w | (1 << (bit & 31)) : w), 0) >>> 0;
  return [word(0), word(1)];
}

export function hasFeature(words: FeatureWords, feature: number): boolean {
  return ((words[feature >>> 5] >>> (feature & 31)) & 1) !== 0;
}

/** What a driver accepted, and what it was offered. */
export interface Negotiation {
  /** Features of the device's type. */
  readonly features: readonly FeatureBit[];
  readonly offered: FeatureWords;
  readonly accepted: FeatureWords;
  /** A bit above 63 that it accepted, 0 for none. */
  readonly beyond: number;
}

/** Why the device does not agree, or null. virtio 1.2, "Feature Bits" and "Reserved Feature Bits". */
export function checkFeatures({ features, offered, accepted, beyond }: Negotiation): Finding | null {
  if (beyond !== 0) return { reason: 'featureNotOffered', value: beyond, limit: 0 };
  for (let bit = 0; bit < 64; bit++) {
    if (hasFeature(accepted, bit) && !hasFeature(offered, bit)) return { reason: 'featureNotOffered', value: bit, limit: 0 };
  }
  if (!hasFeature(accepted, F_VERSION_1)) return { reason: 'legacyDriver', value: F_VERSION_1, limit: 0 };
  if (hasFeature(offered, F_ACCESS_PLATFORM) && !hasFeature(accepted, F_ACCESS_PLATFORM))
    return { reason: 'platformNotAccepted', value: F_ACCESS_PLATFORM, limit: 0 };
  for (const { bit, requires } of features) {
    if (requires !== undefined && hasFeature(accepted, bit) && !hasFeature(accepted, requires))
      return { reason: 'featureRequires', value: bit, limit: requires };
  }
  return null;
}
