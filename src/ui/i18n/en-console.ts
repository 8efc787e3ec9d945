/** English: the console. */
export const EN_CONSOLE = {
  'console.title': 'Console',
  'console.empty': 'nothing written yet',
  'console.lost': 'the beginning is no longer kept: {n} {n|byte|bytes}',
  'console.input': 'Send to COM1',
  'console.placeholder': 'a line of text; Enter sends it',
  'console.keyboard': 'Console: what you type goes to COM1. Escape leaves; Ctrl+I types a tab, Ctrl+[ an escape.',
  'console.ways': 'Keys go to COM1; {keys} or Tab leaves (Ctrl+[ and Ctrl+I type them).',
  'console.leaves': '{keys} or Tab leaves (Ctrl+[ and Ctrl+I type them).',
  'console.tooMuch': 'Too much output to be read out: go through the lines with the arrow keys.',
  'console.waiting': '{n} {n|character waits|characters wait} until the guest reads.',
  'console.forget': 'Forget them',
  'console.to': 'Keys go to',
  'sheet.console': 'Console',
  'keys.console': 'Console: type to the guest; Escape comes back',
} as const;
