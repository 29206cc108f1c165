/** Attachment: over everything, the focus kept inside, and given back to where it was when the dialog goes. */
export function modal(dialog: HTMLDialogElement): () => void {
  const before = document.activeElement;
  dialog.showModal();
  return () => {
    // By now the dialog has left the page, and the browser gives the focus back only from one that is there.
    dialog.close();
    if (before instanceof HTMLElement) before.focus();
  };
}
