/** Columns of the list that can be hidden. */
export interface Columns {
  collab: boolean;
  request: boolean;
  owner: boolean;
  due: boolean;
}
const ALL: Columns = { collab: true, request: true, owner: true, due: true };
const COLUMNS_KEY = 'list-columns';
const COMPACT_KEY = 'list-compact';

/** How the list looks on this device: which columns, how dense. */
export class ListLook {
  columns = $state<Columns>({ ...ALL });
  compact = $state(false);

  /** Reads what this device chose before; call in the browser. */
  restore(): void {
    this.compact = localStorage.getItem(COMPACT_KEY) === '1';
    try {
      const chosen = JSON.parse(localStorage.getItem(COLUMNS_KEY) ?? '{}') as Partial<Columns>;
      this.columns = { ...ALL, ...chosen };
    } catch {
      this.columns = { ...ALL };
    }
  }

  toggle(column: keyof Columns): void {
    this.columns[column] = !this.columns[column];
    localStorage.setItem(COLUMNS_KEY, JSON.stringify(this.columns));
  }

  toggleDensity(): void {
    this.compact = !this.compact;
    localStorage.setItem(COMPACT_KEY, this.compact ? '1' : '0');
  }
}
