/** What a form control inside `Field` needs to belong to its label and note. */
export interface FieldControl {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
}
