/** Columns of the list that can be hidden. */
export interface Columns {
  collab: boolean;
  request: boolean;
  owner: boolean;
  due: boolean;
}
export const ALL_COLUMNS: Columns = { collab: true, request: true, owner: true, due: true };
