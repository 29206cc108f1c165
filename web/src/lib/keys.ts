/** Whether a key press belongs to a field or an open dialog and must not be taken as a command. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.isComposing || event.altKey) return true;
  const target = event.target as HTMLElement | null;
  if (document.querySelector('dialog[open]')) return true;
  return Boolean(
    target?.closest(
      'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role="menu"], [role="listbox"]',
    ),
  );
}
