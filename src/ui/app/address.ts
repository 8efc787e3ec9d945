import type { Lesson } from '../lessons/lesson.ts';

/** Writes into the address which lesson is open, so that a reload brings it back; `?guest`, `?lang` and the rest stay. Somebody's own file has no address. */
export function nameLesson(lesson: Lesson | null): void {
  const address = new URL(location.href);
  if (lesson && lesson.text === null) address.searchParams.set('lesson', lesson.id);
  else address.searchParams.delete('lesson');
  if (address.href === location.href) return;
  try {
    history.replaceState(history.state, '', address);
  } catch {
    // A page from a disk, or in a sandbox, has an address that cannot be written.
  }
}
