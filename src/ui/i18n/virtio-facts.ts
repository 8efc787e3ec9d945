/** The words of virtio in the reader's language. English is what the tables of `arch/` say. */
import { reasonAt, reasonText, type VirtioReasonId } from '../../arch/virtio-reasons.ts';
import type { Language } from '../../api/protocol.ts';
import { french } from './second-language.ts';
import { frenchSpaces } from './typography.ts';

/** Why a virtio device refuses its driver: the sentence of reason number `reason`, its numbers filled in. */
export function virtioReason(
  language: Language,
  { reason, value, limit }: { readonly reason: number; readonly value: number; readonly limit: number },
): string {
  const row = reasonAt(reason);
  if (!row) return '';
  const words = language === 'fr' ? french()?.FR_VIRTIO_REASONS : undefined;
  const sentence = words?.[row.id as VirtioReasonId] ?? row.sentence;
  const text = reasonText({ ...row, sentence }, value, limit);
  return language === 'fr' ? frenchSpaces(text) : text;
}

/** What a bit of a virtio device's status, or a feature, means. */
export function virtioMeaning(language: Language, meaning: string): string {
  const words: Readonly<Record<string, string>> | undefined = language === 'fr' ? french()?.FR_VIRTIO_MEANINGS : undefined;
  return words ? frenchSpaces(words[meaning] ?? meaning) : meaning;
}
