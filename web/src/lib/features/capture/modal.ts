/** Attachment: over everything, the focus kept inside, and given back to where it was when the dialog goes. */
export function modal(dialog: HTMLDialogElement): () => void {
  const before = document.activeElement;
  dialog.showModal();
  return () => {
    // The dialog is already out of the document, so the browser no longer restores focus.
    dialog.close();
    if (before instanceof HTMLElement) before.focus();
  };
}
