/** The lessons in teaching order, as text: src/ui/lessons reads them. README.md says how one is written. */
export interface LessonFile {
  /** The file's name without its ending; stable, it stands in links. */
  readonly id: string;
  readonly text: string;
}

export const LESSONS: readonly LessonFile[] = [];
