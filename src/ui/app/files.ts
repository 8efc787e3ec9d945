/** Files in and out of the page. Nothing leaves the reader's computer. */

/** Larger ones are no image that this machine could hold. */
export const MAX_FILE_BYTES = 64 * 2 ** 20;

/** Lets the reader choose a file; nothing happens if none is. */
export function pickFile(opened: (file: File) => void): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) opened(file);
  });
  input.click();
}

/** All of it; null where it cannot be read: a folder, or a file that is gone. */
export function bytesOf(file: File): Promise<Uint8Array | null> {
  return file.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    () => null,
  );
}

/** Hands `bytes` to the reader as a file. */
export function saveFile(name: string, bytes: Uint8Array): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
