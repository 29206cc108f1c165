import { m } from '#lib/paraglide/messages.js';

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

/** What keys do: any of `keys`, the first of which is shown; two with a blank between are pressed one after the other. */
export interface Key {
  keys: readonly [string, ...string[]];
  does: () => string;
}
const key = (does: () => string, ...keys: [string, ...string[]]): Key => ({ keys, does });

/** Every key by where it works: handlers, hints and the help all read it here. */
export const KEYS = {
  everywhere: {
    command: key(m.command_title, 'Ctrl+K'),
    customers: key(m.nav_customers, 'G C'),
    todo: key(m.nav_todo, 'G T'),
    activity: key(m.nav_activity, 'G A'),
    account: key(m.nav_account, 'G U'),
    help: key(m.keys_help, '?'),
  },
  customers: {
    next: key(m.keys_next, 'J'),
    previous: key(m.keys_previous, 'K'),
    open: key(m.keys_open, 'Enter'),
    select: key(m.keys_select, 'X'),
    search: key(m.keys_search, '/'),
    filter: key(m.keys_filter, 'F'),
    create: key(m.new_customer, 'N'),
    reorder: key(m.keys_reorder, 'R'),
  },
  workspace: {
    next: key(m.keys_next, 'ArrowDown'),
    previous: key(m.keys_previous, 'ArrowUp'),
    preview: key(m.keys_preview, 'Space'),
    upload: key(m.keys_upload, 'U'),
    edit: key(m.keys_edit, 'E'),
    submit: key(m.submit_review, 'Ctrl+Enter'),
  },
  queue: {
    // G begins what goes elsewhere (G C …), so it must not claim anything by itself.
    start: key(m.queue_next, 'N'),
    next: key(m.keys_next, 'J', 'ArrowDown'),
    previous: key(m.keys_previous, 'K', 'ArrowUp'),
    claim: key(m.queue_claim, 'C'),
    begin: key(m.queue_key_begin, 'Enter'),
    look: key(m.queue_look, 'Space'),
    request: key(m.queue_key_request, 'H'),
    reorder: key(m.keys_reorder, 'R'),
  },
  desk: {
    next: key(m.keys_next_piece, 'J'),
    previous: key(m.keys_previous_piece, 'K'),
    accept: key(m.desk_key_accept, 'A'),
    return: key(m.desk_key_return, 'R'),
    confirm: key(m.keys_desk_confirm, 'Enter'),
    undo: key(m.keys_desk_undo, 'Z'),
    mark: key(m.keys_desk_mark, 'M'),
    take: key(m.keys_desk_take, 'T'),
    approve: key(m.keys_desk_approve, 'Ctrl+Enter'),
    sendBack: key(m.keys_desk_return, 'Ctrl+B'),
  },
  /** While the reasons of a piece are open, before all others. */
  reasons: {
    reason: key(m.keys_desk_reason, '1', '2', '3', '4', '5', '6', '7', '8', '9'),
  },
  viewer: {
    nextPage: key(m.viewer_next, 'ArrowRight', 'PageDown'),
    previousPage: key(m.viewer_previous, 'ArrowLeft', 'PageUp'),
    firstPage: key(m.keys_first_page, 'Home'),
    lastPage: key(m.keys_last_page, 'End'),
    zoomIn: key(m.zoom_in, '+', '='),
    zoomOut: key(m.zoom_out, '-'),
    rotateLeft: key(m.rotate_left, '['),
    rotateRight: key(m.rotate_right, ']'),
    fit: key(m.fit, '0'),
    fitWidth: key(m.fit_width, 'W'),
    actual: key(m.viewer_actual, '1'),
    compare: key(m.keys_desk_compare, 'C'),
    close: key(m.close, 'Escape'),
  },
  /** On a page that is read by scrolling, before all others. */
  longPage: {
    screenDown: key(m.viewer_screen_down, 'Space', 'PageDown'),
    screenUp: key(m.viewer_screen_up, 'Shift+Space', 'PageUp'),
    lineDown: key(m.keys_line_down, 'ArrowDown'),
    lineUp: key(m.keys_line_up, 'ArrowUp'),
    head: key(m.keys_page_head, 'Home'),
    end: key(m.keys_page_end, 'End'),
  },
  /** A document looked at from its customer's page. */
  preview: {
    nextDocument: key(m.next_document, 'J'),
    previousDocument: key(m.previous_document, 'K'),
    close: key(m.close, 'Space'),
  },
} as const satisfies Record<string, Record<string, Key>>;

/** Which of these keys was pressed; null when none. */
export function commandOf<T extends Record<string, Key>>(keys: T, event: KeyboardEvent): keyof T | null {
  const space = event.shiftKey ? 'Shift+Space' : 'Space';
  const name = event.key === ' ' ? space : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const pressed = event.ctrlKey || event.metaKey ? `Ctrl+${name}` : name;
  for (const command of Object.keys(keys)) if (keys[command]?.keys.includes(pressed)) return command;
  return null;
}

const SHOWN: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  '-': '−',
};

/** The caps of a key as they are drawn: `['Ctrl', 'Enter']`, `['G', 'C']`; `['1 – 9']` for digits. */
export function capsOf({ keys }: Key): string[] {
  if (keys.length > 2 && keys[0] === '1') return [`1 – ${keys.at(-1)}`];
  return keys[0].split(/(?<=.)\+| /).map((cap) => (cap === 'Space' ? m.key_space() : (SHOWN[cap] ?? cap)));
}

/** What keys that belong together do, in the order of their caps. */
export function doesOf(keys: readonly Key[]): string {
  return keys.map((one) => one.does()).join(' / ');
}
