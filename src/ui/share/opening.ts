import type { MessageKey } from '../i18n/en.ts';
import type { Session } from '../session.ts';
import { BadLink, readHash } from './link.ts';
import { openMoment } from './moment.ts';

/** Brings the moment that `hash` names. A bad one gives a sentence, and what is there stays. */
export async function openHash(session: Session, hash: string, say: (key: MessageKey) => string): Promise<void> {
  try {
    const moment = await readHash(hash);
    if (moment) await openMoment(session, moment, say('share.inexact'));
  } catch (error) {
    if (!(error instanceof BadLink)) throw error;
    session.store.update({ trouble: { message: say(error.reason), hint: '', isOurs: true } });
  }
}
