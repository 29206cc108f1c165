import Camera from '@lucide/svelte/icons/camera';
import Check from '@lucide/svelte/icons/check';
import Download from '@lucide/svelte/icons/download';
import FileUp from '@lucide/svelte/icons/file-up';
import Files from '@lucide/svelte/icons/files';
import FolderInput from '@lucide/svelte/icons/folder-input';
import ImageIcon from '@lucide/svelte/icons/image';
import MessageSquare from '@lucide/svelte/icons/message-square';
import MessageSquareReply from '@lucide/svelte/icons/message-square-reply';
import SquareMinus from '@lucide/svelte/icons/square-minus';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Undo2 from '@lucide/svelte/icons/undo-2';
import type { Document } from '@qijian/domain/contract/api/documents.ts';
import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';
import { addressOf } from '#lib/api.ts';
import { m } from '#lib/paraglide/messages.js';
import type { MenuItem } from '#lib/ui/menu.ts';
import { browser } from '$app/env';
import type { PickSource } from './pick-files.ts';
import type { WorkspaceActions } from './workspace-actions.svelte.ts';

/** Everything that can be done with one document type and its newest document. */
export function slotMenu(
  item: CompletenessItem,
  documents: Document[],
  mayUpload: boolean,
  isExcused: boolean,
  isOffline: boolean,
  actions: WorkspaceActions,
  on: {
    excuse: () => void;
    pick: (source: PickSource) => void;
    move: (document: Document) => void;
    comment: (document: Document) => void;
    /** Shows every file of the type, each with what can be done with it. */
    all: () => void;
  },
): MenuItem[] {
  const newest = documents.at(-1);
  const items: MenuItem[] = [];
  const why = isOffline ? m.offline_waits() : undefined;
  if (mayUpload) {
    if (browser && matchMedia('(pointer: coarse)').matches)
      items.push(
        { label: m.pick_camera(), icon: Camera, run: () => on.pick('camera') },
        { label: m.pick_album(), icon: ImageIcon, run: () => on.pick('album') },
        { label: m.pick_file(), icon: FileUp, run: () => on.pick('file') },
      );
    else items.push({ label: m.keys_upload(), icon: FileUp, run: () => on.pick('file') });
    if (item.excusable) items.push({ label: m.excuse(), icon: MessageSquareReply, why, run: on.excuse });
    if (isExcused)
      items.push({
        label: m.unexcuse(),
        icon: Undo2,
        why,
        run: () => void actions.waive({ type: item.type, waived: false }),
      });
    if (!item.required && !newest)
      items.push({
        label: m.waive(),
        icon: SquareMinus,
        why,
        run: () => void actions.waive({ type: item.type, waived: true }),
      });
  }
  if (!newest) return items;
  const part = documents.find(({ group }) => group !== undefined && group.id === item.incomplete?.id);
  if (mayUpload && part)
    items.push({ label: m.settle_document(), icon: Check, why, run: () => void actions.settle(part) });
  if (documents.length > 1)
    items.push({ label: m.all_files_short({ count: documents.length }), icon: Files, run: on.all });
  items.push({ label: m.comment_on_document(), icon: MessageSquare, run: () => on.comment(newest) });
  items.push({ label: m.download_original(), icon: Download, why, run: () => download(newest) });
  if (mayUpload && actions.mayMove(newest))
    items.push({ label: m.move_document(), icon: FolderInput, why, run: () => on.move(newest) });
  if (actions.mayDelete(newest))
    items.push({
      label: m.delete_named({ filename: newest.filename }),
      icon: Trash2,
      tone: 'bad',
      why,
      run: () => void actions.remove(newest),
    });
  return items;
}

export function download({ id, filename }: Document): void {
  const link = Object.assign(document.createElement('a'), {
    href: addressOf('GET /api/documents/:id/file', { params: { id } }),
    download: filename,
  });
  link.click();
}
