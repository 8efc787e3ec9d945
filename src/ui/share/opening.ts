import type { MessageKey } from '../i18n/en.ts';
import type { Session } from '../session.ts';
import { BadLink } from './bad-link.ts';
import { readHash, type SharedMoment } from './link.ts';
import { openMoment } from './moment.ts';

/** Brings the moment that `hash` names, and gives it; null where there is none. A bad one gives a sentence, and what is there stays. */
export async function openHash(session: Session, hash: string, say: (key: MessageKey) => string): Promise<SharedMoment | null> {
  try {
    const moment = await readHash(hash);
    return moment && (await openMoment(session, moment, say('share.inexact'))) ? moment : null;
  } catch (error) {
    if (!(error instanceof BadLink)) throw error;
    session.store.update({ trouble: { message: say(error.reason), hint: '', isOurs: true } });
    return null;
  }
}
