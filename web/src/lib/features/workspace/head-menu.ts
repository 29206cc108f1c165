import Copy from '@lucide/svelte/icons/copy';
import ImageUp from '@lucide/svelte/icons/image-up';
import Pencil from '@lucide/svelte/icons/pencil';
import QrCode from '@lucide/svelte/icons/qr-code';
import RotateCcw from '@lucide/svelte/icons/rotate-ccw';
import Smartphone from '@lucide/svelte/icons/smartphone';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { Customer } from '@qijian/domain/contract/api/customers.ts';
import type { User } from '@qijian/domain/contract/api/users.ts';
import { mayCommand } from '@qijian/domain/rules/customer-states.ts';
import { mayDeleteCustomer } from '@qijian/domain/rules/permissions.ts';
import { copyText } from '#lib/copy-text.ts';
import { m } from '#lib/paraglide/messages.js';
import type { MenuItem } from '#lib/ui/menu.ts';
import { sendOriginal } from './send-original.svelte.ts';

/** What can be done with the customer as a whole. */
export function headMenu(
  customer: Customer,
  user: User,
  mayWrite: boolean,
  isOffline: boolean,
  on: {
    edit: () => void;
    invite: (() => void) | null;
    handOff: (() => void) | null;
    reopen: () => void;
    remove: () => void;
  },
): MenuItem[] {
  const items: MenuItem[] = [];
  const why = isOffline ? m.offline_waits() : undefined;
  if (mayWrite) items.push({ label: m.edit(), icon: Pencil, run: on.edit });
  if (on.invite) items.push({ label: m.invite_customer_phone(), icon: QrCode, why, run: on.invite });
  if (on.handOff) items.push({ label: m.handoff(), icon: Smartphone, why, run: on.handOff });
  items.push({
    label: m.copy_number(),
    icon: Copy,
    run: () => void copyText(customer.number),
  });
  if (mayWrite)
    items.push({
      label: sendOriginal.on ? m.send_smaller() : m.send_original(),
      icon: ImageUp,
      run: () => sendOriginal.toggle(),
    });
  if (mayCommand('reopen', customer.status, user.role))
    items.push({ label: m.reopen(), icon: RotateCcw, why, run: on.reopen });
  if (mayWrite && mayDeleteCustomer(user, { ...customer, createdBy: customer.createdBy.id }))
    items.push({ label: m.delete_customer(), icon: Trash2, tone: 'bad', why, run: on.remove });
  return items;
}
