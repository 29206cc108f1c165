import { m } from '#lib/paraglide/messages.js';

export type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What the browser finds wrong with a control, in the reader's language; its own bubble speaks that of the system. */
export function validityWords(control: Control): string {
  const { validity } = control;
  if (validity.valueMissing) return m.field_required();
  if (validity.tooShort) return m.field_too_short({ count: control.getAttribute('minlength') ?? '' });
  const [min, max] = [control.getAttribute('min'), control.getAttribute('max')];
  if (min && max && (validity.rangeUnderflow || validity.rangeOverflow || validity.badInput))
    return m.field_number_range({ min, max });
  return m.field_invalid();
}
