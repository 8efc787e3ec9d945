import { GlassError } from '../base/errors.ts';
import { type AssemblyError, AssemblyErrors } from '../isa/assembler/errors.ts';

/** What went wrong, a line each: every error of a source text, one sentence for other misuse, and all that is known of a fault of our own. */
export function explainError(error: unknown): string[] {
  if (error instanceof AssemblyErrors) return error.errors.map(assemblySentence);
  if (error instanceof GlassError) return [`glassvisor: ${error.message}${error.hint ? ` ${error.hint}` : ''}`];
  return [`glassvisor: this is a fault of Glassvisor’s own. ${error instanceof Error ? error.stack : String(error)}`];
}

/** `file:line:column: sentence`, as editors find it. */
export function assemblySentence({ file, line, column, message, hint }: AssemblyError): string {
  return `${file}:${line}:${column}: ${message}${hint ? ` ${hint}` : ''}`;
}
